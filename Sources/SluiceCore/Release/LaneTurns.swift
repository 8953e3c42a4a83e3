import SluiceModel

extension Hold {
    /// Where it stands in release order.
    var place: ReleasePlace { ReleasePlace(priority: request.priority, arrival: arrival) }
}

/// Whose turn it is: within one priority each lane gets a slice of launches, one lane after the other (R22).
///
/// Lanes are as they were last read; a priority falls with what is found in a lane, and a lane without anything more is
/// left out until the next reading. Whose turn it is outlives a reading, or the first lanes would get all of it.
struct LaneTurns: Hashable, Sendable {
    /// By id.
    private var lanes: [Lane] = []
    /// How far each lane was looked through; looked up, never walked.
    private var progress: [LaneID: ReleasePlace] = [:]
    /// The lane that is looked through.
    private(set) var current: LaneID?
    /// Whose turn it was last, by priority.
    private var slices = [Slice?](repeating: nil, count: Priority.range.count)
    /// The last lane of a reading that was cut; the next one goes on there.
    private(set) var readAfter: LaneID?

    /// The turn of a lane: how many of it were launched in a row.
    private struct Slice: Hashable {
        var lane: LaneID
        var takenCount: Int
    }

    /// Where to look next.
    struct Turn: Hashable {
        var lane: LaneID
        var after: ReleasePlace?
        /// Launches left in its slice; nil: it shares its priority with no other lane.
        var leftCount: Int?
    }

    var isEmpty: Bool { lanes.isEmpty }

    /// Takes a new reading: every lane is looked through from its front.
    /// - Parameter limit: As many were asked for.
    mutating func load(_ read: [Lane], limit: Int) {
        lanes = read.sorted { $0.id < $1.id }
        progress = [:]
        readAfter = read.count >= limit ? lanes.last?.id : nil
    }

    mutating func clear() {
        lanes = []
        progress = [:]
    }

    /// The lane whose turn it is; nil when there is none left.
    mutating func next(slice: Int) -> Turn? {
        guard let due = due(slice) else { return nil }
        current = due.lane
        return Turn(lane: due.lane, after: progress[due.lane], leftCount: due.leftCount)
    }

    /// Whether a hold of the current lane may be looked at now, or another lane comes first.
    ///
    /// A lane may have been looked through for a priority that none of its holds has which may start now. That it was
    /// gives it no turn among those of the priority that they do have. What has come since the reading may be more
    /// urgent: that is launched in the turns of its own priority.
    mutating func mayLook(at hold: Hold, slice: Int) -> Bool {
        guard let index = lanes.firstIndex(where: { $0.id == current }) else { return true }
        lanes[index].priority = hold.request.priority
        return due(slice)?.lane == current
    }

    /// By the slices that were taken: of the highest priority the lane that has not had its slice, or the one after it.
    private func due(_ slice: Int) -> (lane: LaneID, leftCount: Int?)? {
        guard var top = lanes.first?.priority else { return nil }
        for lane in lanes where lane.priority > top { top = lane.priority }
        let last = slices[top.level]
        var rivalCount = 0
        var isLastThere = false
        var (first, following): (LaneID?, LaneID?)
        for lane in lanes where lane.priority == top {
            rivalCount += 1
            if first == nil { first = lane.id }
            guard let last else { break }
            if lane.id == last.lane {
                isLastThere = true
            } else if following == nil, last.lane < lane.id {
                following = lane.id
            }
        }
        guard let first else { return nil }
        guard let last else { return (first, lanes.count > 1 ? slice : nil) }
        if isLastThere, rivalCount == 1 { return (last.lane, nil) }
        if isLastThere, last.takenCount < slice || Mutant.isActive(.sliceEndless) {
            return (last.lane, max(1, slice - last.takenCount))
        }
        return (following ?? first, rivalCount > 1 ? slice : nil)
    }

    mutating func looked(at place: ReleasePlace) {
        guard let current else { return }
        progress[current] = place
    }

    /// A hold of the current lane is launched, which `mayLook` was asked about last.
    mutating func launched() {
        guard let lane = lanes.first(where: { $0.id == current }) else { return }
        let level = lane.priority.level
        if slices[level]?.lane != lane.id { slices[level] = Slice(lane: lane.id, takenCount: 0) }
        slices[level]?.takenCount += 1
    }

    /// Nothing more is in the current lane.
    mutating func exhausted() {
        guard let index = lanes.firstIndex(where: { $0.id == current }) else { return }
        lanes.remove(at: index)
    }
}
