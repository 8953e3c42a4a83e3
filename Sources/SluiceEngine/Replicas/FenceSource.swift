import SluiceModel
import Synchronization

/// The fence that a part of the engine writes with: any replica's, or that of one leader's term.
final class FenceSource: Sendable {
    private let timeline: Mutex<Int64>
    private let term: Int64?

    init(timeline: Int64, term: Int64? = nil) {
        self.timeline = Mutex(timeline)
        self.term = term
    }

    /// What to write with now.
    var current: Fence { Fence(timeline: timeline.withLock { $0 }, term: term) }

    /// The database is on another timeline: it was restored or failed over.
    func move(to timeline: Int64) { self.timeline.withLock { $0 = timeline } }

    /// For a leader's parts, which last one term on one timeline.
    func leading(_ term: Int64) -> FenceSource { FenceSource(timeline: current.timeline, term: term) }
}
