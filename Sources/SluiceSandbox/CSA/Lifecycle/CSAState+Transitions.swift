/// Chained transitions: each stage is a record, launches its flow, waits for the callback; then a gap, and the next.
extension CSAState {
    /// Begins one stage; a stage without a flow runs inside CSA and ends at once.
    mutating func begin(
        _ work: CSAWork, stage: Int, on instanceID: String, requestID: String?, at instant: EpochMilliseconds
    ) {
        guard let instance = data.instances[instanceID],
            let subscription = data.subscriptions[instance.subscriptionID]
        else { return }
        let recordID = nextID()
        data.records.put(
            CSARecord(id: recordID, instanceID: instanceID, requestID: requestID, work: work, stageIndex: stage))
        data.instances.change(instanceID) {
            $0.state = work.runningState(stage: stage)
            $0.recordID = recordID
            $0.startsAt = nil
        }
        let offering = data.offerings[subscription.offeringID]
        guard let definitionID = offering?.processIDs[work.stages[stage]] else {
            return stageEnded(recordID, isSuccess: true, at: instant)
        }
        data.records.change(recordID) { $0.isCallbackPending = true }
        let processID = launch(
            definitionID, context: instanceID, purpose: .transition(record: recordID),
            timeoutSeconds: offering?.timeoutSeconds ?? 0, errorOnTimeout: offering?.errorOnTimeout ?? false,
            at: instant)
        data.records.change(recordID) { $0.processID = processID }
        if processID == nil { stageEnded(recordID, isSuccess: false, at: instant) }
    }

    /// The stage's flow has called back, or it had none.
    mutating func stageEnded(_ recordID: String, isSuccess: Bool, at instant: EpochMilliseconds) {
        guard let record = data.records[recordID] else { return }
        data.records.change(recordID) { $0.isCallbackPending = false }
        // PROVEN: "Fail on Error" is off by default for the three Un- stages.
        guard isSuccess || (record.work.isReverse && !settings.unStagesFailOnError) else {
            return transitionFailed(record, at: instant)
        }
        guard record.stageIndex + 1 < record.work.stages.count else { return workDone(record, at: instant) }
        let subscription = data.instances[record.instanceID].flatMap { data.subscriptions[$0.subscriptionID] }
        let isBeforeDeploying = record.work == .order && record.stageIndex == 1
        if isBeforeDeploying, let startAt = subscription?.startAt, startAt > instant {
            return reserve(record.instanceID, until: startAt)
        }
        let nextAt = instant + settings.gapMilliseconds
        data.records.change(recordID) { $0.nextAt = nextAt }
        deadlines.insert(.nextStage(record: recordID), at: nextAt)
    }

    /// The gap after a stage is over: CSA itself begins the next.
    mutating func goOn(after recordID: String, at instant: EpochMilliseconds) {
        guard let record = data.records[recordID] else { return }
        data.records.change(recordID) { $0.nextAt = nil }
        begin(
            record.work, stage: record.stageIndex + 1, on: record.instanceID, requestID: record.requestID, at: instant)
    }

    /// Parks an instance until its start.
    mutating func reserve(_ instanceID: String, until startAt: EpochMilliseconds) {
        data.instances.change(instanceID) {
            $0.state = .reserved
            $0.startsAt = startAt
        }
        deadlines.insert(.start(instance: instanceID), at: startAt)
    }

    /// It starts by itself, without any request.
    mutating func startDateReached(_ instanceID: String, at instant: EpochMilliseconds) {
        guard let instance = data.instances[instanceID], instance.state == .reserved else { return }
        let record = data.records[instance.recordID]
        let requestID = data.subscriptions[instance.subscriptionID]?.requestID
        begin(.order, stage: record == nil ? 0 : 2, on: instanceID, requestID: requestID, at: instant)
    }

    /// It expires by itself, without any request; while other work runs, as soon as that is over.
    mutating func endDateReached(_ subscriptionID: String, at instant: EpochMilliseconds) {
        guard let subscription = data.subscriptions[subscriptionID],
            let instance = data.instances[subscription.instanceID]
        else { return }
        let isReady = subscription.status == .active || instance.state == .reserved
        guard isReady, [.active, .reserved].contains(instance.state) else { return }
        begin(.expire, stage: 0, on: instance.id, requestID: nil, at: instant)
    }

    private mutating func workDone(_ record: CSARecord, at instant: EpochMilliseconds) {
        let end: (state: CSAInstanceState, status: CSASubscriptionStatus) =
            switch record.work {
            case .order, .modify, .operation, .execute: (.active, .active)
            case .cancel: (.cancelled, .cancelled)
            // There is no EXPIRED state of instances (csa-api.md section 5).
            case .expire: (.cancelled, .expired)
            }
        settle(record, state: end.state, status: end.status, isSuccess: true, at: instant)
        guard end.state == .active, let instance = data.instances[record.instanceID],
            let subscription = data.subscriptions[instance.subscriptionID], let endAt = subscription.endAt,
            endAt <= instant
        else { return }
        endDateReached(subscription.id, at: instant)
    }

    /// Only an initial order pauses its subscription (PROVEN); what else fails leaves its status.
    private mutating func transitionFailed(_ record: CSARecord, at instant: EpochMilliseconds) {
        let isOrder = record.work == .order
        if isOrder { data.records.change(record.id) { $0.isPaused = true } }
        settle(
            record, state: record.work.failedState, status: isOrder ? .paused : nil, isSuccess: false, at: instant)
    }

    private mutating func settle(
        _ record: CSARecord, state: CSAInstanceState, status: CSASubscriptionStatus?, isSuccess: Bool,
        at instant: EpochMilliseconds
    ) {
        data.instances.change(record.instanceID) { $0.state = state }
        if let requestID = record.requestID {
            data.requests.change(requestID) {
                $0.isSuccess = isSuccess
                $0.changedAt = instant
            }
        }
        guard let status, let subscriptionID = data.instances[record.instanceID]?.subscriptionID else { return }
        data.subscriptions.change(subscriptionID) {
            $0.status = status
            $0.changedAt = instant
        }
    }

    /// An operator's Resume: the stage that failed, once more.
    mutating func resume(_ subscriptionID: String, at now: EpochMilliseconds) throws(CSARefusal) {
        guard let subscription = data.subscriptions[subscriptionID], subscription.status == .paused,
            let instance = data.instances[subscription.instanceID], let record = data.records[instance.recordID],
            record.isPaused
        else { throw CSARefusal("only a paused subscription can be resumed") }
        data.records.change(record.id) { $0.isPaused = false }
        data.subscriptions.change(subscriptionID) {
            $0.status = .pending
            $0.changedAt = now
        }
        begin(record.work, stage: record.stageIndex, on: instance.id, requestID: record.requestID, at: now)
    }

    // MARK: `/lifecycleengine`

    mutating func lifecycleReply(_ call: LegacyCall) -> LegacyReply {
        switch (call.method, call.rest.count) {
        case ("GET", 1):
            guard let instance = data.instances[call.query["serviceInstanceId"]],
                let record = data.records[instance.recordID]
            else { return .notFound }
            return .element(element(record))
        case ("GET", 2): return data.records[call.rest[1]].map { .element(element($0)) } ?? .notFound
        case ("POST", 2) where call.rest[1] == "execute":
            return .catching { () throws(LegacyTrouble) in
                let root = try call.body("LifecycleExecutionRequest")
                guard let instance = data.instances[root.text(at: "serviceInstanceId")] else {
                    throw LegacyTrouble(404, "object not found")
                }
                guard !instance.state.isRunning, instance.state != .cancelled else {
                    throw LegacyTrouble(500, "the instance is being worked on, or has ended")
                }
                begin(.execute, stage: 0, on: instance.id, requestID: nil, at: call.now)
                guard let record = data.records[data.instances[instance.id]?.recordID] else {
                    throw LegacyTrouble(500, "nothing to execute")
                }
                return element(record)
            }
        default: return .notFound
        }
    }

    private func element(_ record: CSARecord) -> CSAElement {
        var children = [
            CSAElement("id", text: record.id), CSAElement("objectId", text: record.id),
            CSAElement("callbackPending", .bool(record.isCallbackPending)),
            // Other values than READY are UNKNOWN.
            CSAElement("executionState", category: "READY", of: "LIFECYCLE_EXECUTION_STATE"),
            CSAElement("reverse", .bool(record.work.isReverse)),
            CSAElement("serviceInstance", children: [CSAElement("id", text: record.instanceID)]),
            CSAElement(
                "targetState", category: record.work.targetState(stage: record.stageIndex), of: "LIFECYCLE_STATE"),
        ]
        if record.isPaused {
            // PROVEN as a display name in SQL [AE-sql]; in REST INFERRED.
            children.append(
                CSAElement(
                    "executionStatus",
                    children: [
                        CSAElement("name", text: "TRANSITION_PAUSED"),
                        CSAElement("displayName", text: "Transition paused"),
                    ]))
        }
        return CSAElement("LifecycleExecutionRecord", children: children)
    }
}
