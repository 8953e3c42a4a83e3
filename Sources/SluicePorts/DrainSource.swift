public import SluiceModel

/// One system's work, as a drain sees it.
///
/// Implemented by `CentralDrainSource` (SluiceEngine); CSA's adapter maps what it reads with `CSADrainRules`
/// (SluiceCore).
public protocol DrainSource: Sendable {
    var system: DrainSystem { get }

    /// One look. Never called while another is under way; whoever drains waits `drain.pollSeconds` between two.
    ///
    /// Whatever could not be read is an error or a gap, never left out in silence: a part must not pass for all. A
    /// source that knows no difference may look fully each time, and says so.
    func look(_ depth: DrainDepth) async throws -> DrainSight

    /// What it remembers is forgotten: another drain begins.
    /// - Parameter scopes: What that one is about; empty: everything. What cannot be told to lie outside, lies within.
    func reset(for scopes: [Scope])

    /// One like it that remembers nothing, for a look beside the drain that is watched; nil: there cannot be two.
    func anew() -> (any DrainSource)?
}

extension DrainSource {
    public func anew() -> (any DrainSource)? { nil }
}
