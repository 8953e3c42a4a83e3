import SluiceModel

/// The newest entry of each object, and what this process knows of it besides.
struct ChangeRecord: Sendable {
    enum Stage: Sendable {
        /// Nothing is to be done now: it is done, settled, or its step has not come.
        case idle
        /// In its system's line of reads.
        case queued
        /// Read again at a time.
        case delayed
        case reading
        /// Its next state waits for the disk.
        case committing
        /// Its intent is on disk; `image` is what it is sent with.
        case ready
        case writing
    }

    var entry: JournalEntry
    /// Place in `ChangeState.lanes`; nil: no such system is configured.
    var lane: Int?
    var stage = Stage.idle
    /// Not before this time, the next read.
    var readAt = MonotonicTime(nanoseconds: .min)
    /// Not before this time, the next write.
    var retryAt = MonotonicTime(nanoseconds: .min)
    var image: (value: OutsideImage, at: MonotonicTime)?
    /// Whether the making was, or may have been, sent.
    var wasSent: Bool
    /// Whether the attempt on disk was not sent.
    var isUnsent = false
    /// Whether the system said yes to the last write, by this process.
    var isAnswered = false
    /// Whether that was to its making, and it is being put back before it was read.
    var isUnread = false
    var lagCount = 0
    /// How often in a row the object was not there.
    var missingCount = 0
    /// `JournalEntry.lateUntil` by this process's clock.
    var lateUntil: MonotonicTime?
    /// Failures of this object in a row, and the last one's cause.
    var failureCount = 0
    var failure: String?

    init(_ entry: JournalEntry, lane: Int?) {
        self.entry = entry
        self.lane = lane
        wasSent = entry.attempt > 0 || entry.doneAt != nil
    }

    /// Whether its way back was ordered.
    var isReturning: Bool { entry.returnOrderedAt != nil }
    /// Whether the making still has something to do or to ask.
    var isUnmade: Bool { entry.isUnsettled && entry.state != .done }
    /// Whether it waits for an operator.
    var isAsking: Bool { entry.state == .conflict && entry.isUnsettled }
    /// Whether a call or a commit of it is on its way.
    var isUnderWay: Bool {
        switch stage {
        case .reading, .committing, .writing: true
        case .idle, .queued, .delayed, .ready: false
        }
    }

    /// A making whose answer was lost may still be carried out; what is written next says so.
    mutating func mayComeLate(for duration: Duration, at now: Moment) {
        lateUntil = now.monotonic.advanced(by: duration)
        entry.lateUntil = now.wall.advanced(by: duration)
    }

    /// It starts anew in this process's eyes, as after a restart.
    mutating func forgetTries() {
        stage = .idle
        readAt = MonotonicTime(nanoseconds: .min)
        retryAt = readAt
        image = nil
        isUnsent = false
        isAnswered = false
        isUnread = false
        lagCount = 0
        missingCount = 0
        failureCount = 0
        failure = nil
    }
}

/// Records by id and by object.
struct ChangeTable: Sendable {
    struct Object: Hashable, Sendable {
        var system: String
        var object: String
    }

    private(set) var places: [JournalID: Int] = [:]
    private var objects: [Object: Int] = [:]
    var records: [ChangeRecord] = []

    func place(of system: String, _ object: String) -> Int? { objects[Object(system: system, object: object)] }

    /// Adds a record; the older one of its object gives way to it.
    mutating func add(_ record: ChangeRecord) {
        let object = Object(system: record.entry.system, object: record.entry.object)
        if let place = objects[object] {
            places[records[place].entry.id] = nil
            records[place] = record
            places[record.entry.id] = place
        } else {
            objects[object] = records.count
            places[record.entry.id] = records.count
            records.append(record)
        }
    }
}

/// One system's calls.
struct ChangeLane: Sendable {
    let system: ChangeSystem
    /// Places of records to be read; those before `head` are taken.
    private var line: [Int] = []
    private var head = 0
    var delayed: [Int] = []
    var nextDelayedAt = MonotonicTime(nanoseconds: .max)
    var ready: [Int] = []
    var callCount = 0
    /// Records between their first read and their last commit.
    var underWayCount = 0
    var pause: RetryPause
    var failure: String?
    /// Why nothing is sent to it until an operator says so.
    var haltedCause: String?
    /// Whether it answered since the start or its last failure.
    var isProven = false

    init(_ system: ChangeSystem, at now: MonotonicTime) {
        self.system = system
        pause = RetryPause(at: now)
    }

    var nextRead: Int? { head < line.count ? line[head] : nil }

    mutating func append(_ place: Int) { line.append(place) }

    mutating func takeRead() -> Int? {
        guard let place = nextRead else { return nil }
        head += 1
        if head > 1024, head * 2 > line.count {
            line.removeFirst(head)
            head = 0
        }
        return place
    }

    mutating func drop(_ place: Int) {
        line = line[head...].filter { $0 != place }
        head = 0
    }

    /// What waits for its turn is forgotten; calls on their way are not.
    mutating func clear() {
        line = []
        head = 0
        delayed = []
        nextDelayedAt = MonotonicTime(nanoseconds: .max)
        ready = []
        underWayCount = 0
    }

    mutating func answered(at now: MonotonicTime) {
        isProven = true
        failure = nil
        pause.succeeded(at: now)
    }

    /// It is asked as if it had never failed.
    mutating func forgive(at now: MonotonicTime) {
        failure = nil
        haltedCause = nil
        pause.hurry(at: now)
    }

    /// What waits for its turn is forgotten; what is under way still counts.
    mutating func forgetWaiting() {
        let count = underWayCount
        clear()
        underWayCount = count
    }

    mutating func failed(_ cause: String, _ trouble: ChangeTrouble, at now: MonotonicTime) {
        switch trouble {
        case .object: break
        case .away:
            isProven = false
            failure = cause
            // Calls that failed together are one failure.
            if now >= pause.until { pause.failed(.failure, at: now) }
        case .unauthorized:
            isProven = false
            haltedCause = haltedCause ?? cause
        }
    }
}
