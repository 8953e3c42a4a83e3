/// What plugins add to a launch request (product.md, rule 5). They add or tighten; who asks for what stays as asked.
///
/// What each field does to a request is in `LaunchRequest.annotate(_:)`.
public struct LaunchAnnotations: Hashable, Sendable {
    /// Holds of one ordering key are launched one after the other. Counts only if the request has none.
    public var orderingKey: OrderingKey?
    /// Of the holds of one coalesce key only the newest is launched. Counts only if the request has none.
    public var coalesceKey: CoalesceKey?
    /// Not to be launched before; the later of this and the request's own counts.
    public var notBefore: Timestamp?
    /// Not to be launched from then on; the earlier of this and the request's own counts.
    public var expiresAt: Timestamp?
    /// Its place among the holds; counts in place of the request's own.
    public var priority: Priority?
    /// What becomes of it when its nominal time passed while it was held.
    public var misfirePolicy: MisfirePolicy?
    /// The time that its schedule meant. Counts only if the request has none.
    public var nominalTime: Timestamp?
    /// Makes repeats of it one launch (rule 2). Counts only if the request has none.
    public var idempotencyKey: IdempotencyKey?
    /// The process of CSA that waits for it (lineage). Counts only if the request has none; it lets nothing start.
    public var csaProcessID: CSAProcessID?

    public init(
        orderingKey: OrderingKey? = nil, coalesceKey: CoalesceKey? = nil, notBefore: Timestamp? = nil,
        expiresAt: Timestamp? = nil, priority: Priority? = nil, misfirePolicy: MisfirePolicy? = nil,
        nominalTime: Timestamp? = nil, idempotencyKey: IdempotencyKey? = nil, csaProcessID: CSAProcessID? = nil
    ) {
        self.orderingKey = orderingKey
        self.coalesceKey = coalesceKey
        self.notBefore = notBefore
        self.expiresAt = expiresAt
        self.priority = priority
        self.misfirePolicy = misfirePolicy
        self.nominalTime = nominalTime
        self.idempotencyKey = idempotencyKey
        self.csaProcessID = csaProcessID
    }

    /// Adds what a plugin further on in the order says: it cannot take back what the ones before it said.
    public mutating func add(_ later: LaunchAnnotations) {
        orderingKey = orderingKey ?? later.orderingKey
        coalesceKey = coalesceKey ?? later.coalesceKey
        notBefore = LaunchAnnotations.later(notBefore, later.notBefore)
        expiresAt = LaunchAnnotations.earlier(expiresAt, later.expiresAt)
        priority = priority ?? later.priority
        misfirePolicy = misfirePolicy ?? later.misfirePolicy
        nominalTime = nominalTime ?? later.nominalTime
        idempotencyKey = idempotencyKey ?? later.idempotencyKey
        csaProcessID = csaProcessID ?? later.csaProcessID
    }

    /// What of it counts for a request that was annotated by the plugins before: the rest is what it has already.
    ///
    /// - Parameter isPriorityTaken: Whether a plugin before said a priority.
    public func counting(for request: LaunchRequest, isPriorityTaken: Bool) -> LaunchAnnotations {
        var counting = self
        if request.orderingKey != nil { counting.orderingKey = nil }
        if request.coalesceKey != nil { counting.coalesceKey = nil }
        if let own = request.notBefore, let notBefore, notBefore <= own { counting.notBefore = nil }
        if let own = request.expiresAt, let expiresAt, expiresAt >= own { counting.expiresAt = nil }
        if isPriorityTaken { counting.priority = nil }
        if request.misfirePolicy != nil { counting.misfirePolicy = nil }
        if request.nominalTime != nil { counting.nominalTime = nil }
        if request.idempotencyKey != nil { counting.idempotencyKey = nil }
        if request.csaProcessID != nil { counting.csaProcessID = nil }
        return counting
    }

    /// What is wrong with it beside a request that was annotated by the plugins before; nil when nothing is.
    ///
    /// Wrong are keys that no asker could send, times outside of the calendar, and an expiry that is not after the
    /// time before which it may not be launched.
    public func fault(beside request: LaunchRequest) -> String? {
        if let fault = LaunchAnnotations.fault("ordering key", orderingKey?.text)
            ?? LaunchAnnotations.fault("coalesce key", coalesceKey?.text)
            ?? LaunchAnnotations.fault("idempotency key", idempotencyKey?.text)
            ?? LaunchAnnotations.fault("CSA process", csaProcessID?.text)
            ?? LaunchAnnotations.fault("not-before", notBefore) ?? LaunchAnnotations.fault("expiry", expiresAt)
            ?? LaunchAnnotations.fault("nominal time", nominalTime)
        {
            return fault
        }
        guard notBefore != nil || expiresAt != nil else { return nil }
        let start = LaunchAnnotations.later(request.notBefore, notBefore)
        let end = LaunchAnnotations.earlier(request.expiresAt, expiresAt)
        if let start, let end, end <= start { return "the expiry \(end) is not after the not-before \(start)" }
        return nil
    }

    /// In words, for the rule path: `coalesce key pool:P1, priority 3`; empty when there is nothing.
    public var sentence: String {
        var parts: [String] = []
        if let orderingKey { parts.append("ordering key \(orderingKey)") }
        if let coalesceKey { parts.append("coalesce key \(coalesceKey)") }
        if let notBefore { parts.append("not before \(notBefore)") }
        if let expiresAt { parts.append("expires \(expiresAt)") }
        if let priority { parts.append("priority \(priority.level)") }
        if let misfirePolicy { parts.append("misfire policy \(misfirePolicy.text)") }
        if let nominalTime { parts.append("nominal time \(nominalTime)") }
        if let idempotencyKey { parts.append("idempotency key \(idempotencyKey)") }
        if let csaProcessID { parts.append("CSA process \(csaProcessID)") }
        return parts.joined(separator: ", ")
    }

    private static func fault(_ name: String, _ key: String?) -> String? {
        guard let key, !IdentifierLimits.allows(key) else { return nil }
        return
            "its \(name) of \(key.utf8.count) bytes is empty, longer than \(IdentifierLimits.byteCountMax) or has a "
            + "control character"
    }

    private static func fault(_ name: String, _ time: Timestamp?) -> String? {
        guard let time, !Timestamp.calendarYears.contains(time) else { return nil }
        return "its \(name) lies outside of the years 1 to 9999"
    }

    static func later(_ left: Timestamp?, _ right: Timestamp?) -> Timestamp? {
        guard let left, let right else { return left ?? right }
        return max(left, right)
    }

    static func earlier(_ left: Timestamp?, _ right: Timestamp?) -> Timestamp? {
        guard let left, let right else { return left ?? right }
        return min(left, right)
    }
}

extension LaunchRequest {
    /// Takes over what plugins added, and nothing else: keys, nominal time and misfire policy where it has none, the
    /// later not-before, the earlier expiry, the priority.
    public mutating func annotate(_ annotations: LaunchAnnotations) {
        orderingKey = orderingKey ?? annotations.orderingKey
        coalesceKey = coalesceKey ?? annotations.coalesceKey
        notBefore = LaunchAnnotations.later(notBefore, annotations.notBefore)
        expiresAt = LaunchAnnotations.earlier(expiresAt, annotations.expiresAt)
        priority = annotations.priority ?? priority
        misfirePolicy = misfirePolicy ?? annotations.misfirePolicy
        nominalTime = nominalTime ?? annotations.nominalTime
        idempotencyKey = idempotencyKey ?? annotations.idempotencyKey
        csaProcessID = csaProcessID ?? annotations.csaProcessID
    }
}
