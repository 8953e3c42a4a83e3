/// Execution ids of launches that wait in Sluice: digits that Central never gives, one for each hold.
///
/// An id is the base and the hold's arrival number, which the store gives once; so it is the same after a restart and
/// on every replica, and nothing more is stored. All are below 2^53: clients that read numbers as doubles keep them.
public struct VirtualIDs: Hashable, Sendable {
    public let base: Int64

    /// 9 000 000 000 000 000: room for seven thousand billion holds, and a million times what Central was seen to give
    /// (oo-central-api.md section 3: nine digits and more).
    public static let standardBase: Int64 = 9_000_000_000_000_000
    /// What a base may be: below it is where Central's own ids are, above it is 2^53.
    public static let bases: ClosedRange<Int64> = 1_000_000_000_000...standardBase
    /// The greatest whole number that a double, and so a JavaScript client, keeps.
    static let idMax: Int64 = 1 << 53 - 1

    /// - Parameter base: One of `bases`.
    public init(base: Int64 = VirtualIDs.standardBase) {
        precondition(Self.bases.contains(base), "a base of virtual ids out of range")
        self.base = base
    }

    /// The id of a hold; nil for one without an arrival number.
    public func id(arrival: Int64) -> String? {
        guard arrival > 0, arrival <= Self.idMax - base else { return nil }
        return String(base + arrival)
    }

    /// The arrival number that an id stands for; nil when it is none of ours.
    public func arrival(_ id: String) -> Int64? {
        guard (1...20).contains(id.utf8.count), id.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let number = Int64(id), number > base, number <= Self.idMax
        else { return nil }
        return number - base
    }

    /// Whether an id is in our range, whether or not there is such a hold.
    public func contains(_ id: String) -> Bool { arrival(id) != nil }

    /// Whether one of Central's own ids comes too near: from half of the base on, nothing may be held.
    public func isEndangered(by id: String) -> Bool {
        guard id.utf8.allSatisfy({ (0x30...0x39).contains($0) }), !id.isEmpty else { return false }
        guard let number = Int64(id) else { return true }
        return number >= base / 2
    }
}
