import SluiceModel

/// Compares two versions of a content pack file by file, so that no change is missed.
///
/// Each is read once for what it holds and once for a fingerprint of every file; only documents that differ are read
/// again, a few at a time. So memory grows with the facts and the changes, not with the files.
public struct PackComparison: Sendable {
    private let limits: ContentLimits

    public init(limits: ContentLimits = ContentLimits()) { self.limits = limits }

    /// Compares the packs at two paths; blocks while it does.
    public func compare(from old: String, to new: String) -> PackDifference {
        let before = PackSide(path: old, limits: limits)
        let after = PackSide(path: new, limits: limits)
        var run = PackComparisonRun(old: before, new: after, limits: limits)
        run.difference.diagnostics = before.diagnostics + after.diagnostics
        run.difference.flowCount = after.pack.flows.count
        run.difference.isComparable = before.isReadable && after.isReadable
        if run.difference.isComparable { run.compare() }
        return run.difference
    }
}
