public import SluiceModel

/// Which missed times to list.
public struct MissedQuery: Hashable, Sendable {
    /// nil: of any schedule.
    public var schedule: ScheduleID?
    /// Only the one that this execution of Central's own stands for; nil: any.
    public var executionID: ExecutionID?
    /// Only those recorded after this number: the cursor.
    public var after: Int64
    public var limit: Int

    public init(
        schedule: ScheduleID? = nil, executionID: ExecutionID? = nil, after: Int64 = 0, limit: Int = 100
    ) {
        self.schedule = schedule
        self.executionID = executionID
        self.after = after
        self.limit = limit
    }
}

/// One page of missed times.
public struct MissedPage: Hashable, Sendable {
    public var times: [MissedTime]
    /// Cursor of the next page; nil at the end.
    public var next: Int64?

    public init(times: [MissedTime], next: Int64?) {
        self.times = times
        self.next = next
    }
}
