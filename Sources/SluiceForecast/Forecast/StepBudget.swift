/// Steps of work that may still be taken by parts that follow one another: each may take its even share of what those
/// before it left.
struct StepBudget {
    /// What is left to all parts.
    private(set) var left: Int
    /// Of that, to the present one.
    private var share: Int

    init(_ count: Int) {
        left = count
        share = count
    }

    /// Begins with one of so many parts that are still to come, itself counted.
    mutating func begin(partCount: Int) { share = left / max(1, partCount) }

    /// Takes steps of the present part's share.
    /// - Returns: Whether there were as many; if not, its share is used up.
    mutating func spend(_ count: Int) -> Bool {
        guard count <= share else {
            left -= share
            share = 0
            return false
        }
        share -= count
        left -= count
        return true
    }
}
