public import SluiceModel

/// Changes in commits of a bounded size.
public enum ChangeBatches {
    /// - Parameters:
    ///   - steps: Each is written whole or not at all; one that is larger than the limit is a batch of its own.
    ///   - limit: Changes in one batch.
    /// - Returns: Batches in the order of the steps, none of them empty.
    public static func of(_ steps: [[Change]], limit: Int) -> [[Change]] {
        var batches: [[Change]] = []
        for step in steps where !step.isEmpty {
            if let last = batches.last, last.count + step.count <= limit {
                batches[batches.count - 1] += step
            } else {
                batches.append(step)
            }
        }
        return batches
    }
}
