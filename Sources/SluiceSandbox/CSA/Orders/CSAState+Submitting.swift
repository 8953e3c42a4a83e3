/// An order, change, cancellation or user operation as any of the doors takes it.
struct CSASubmission: Sendable {
    var action: String
    /// Offering for ORDER, subscription for MODIFY and CANCEL, component for a user operation.
    var contextID: String
    var catalogID: String?
    var category: String?
    var subscriptionID: String?
    var name: String?
    var startAt: EpochMilliseconds?
    var endAt: EpochMilliseconds?
    var fields: [String: String] = [:]
}

/// Taking requests in, and taking them to their end: SUBMITTED → (PENDING_APPROVAL | APPROVED) → COMPLETED.
extension CSAState {
    /// - Returns: The request's id.
    mutating func submit(
        _ submission: CSASubmission, by person: CSAPerson, at now: EpochMilliseconds
    ) throws(CSARefusal) -> String {
        guard data.requests.count < CSALimits.requestCountMax else {
            throw CSARefusal("the sandbox is full of requests: POST /control/reset")
        }
        for text in [submission.name ?? "", submission.action] where text.utf8.count > CSALimits.nameBytesMax {
            throw CSARefusal("a name is too long")
        }
        let id = nextID()
        let subscriptionID: String
        let offeringID: String
        var catalogID: String
        var categoryID: String?
        if submission.action == CSAAction.order {
            let (offering, publication) = try orderable(submission, by: person)
            offeringID = offering.id
            catalogID = publication.catalogID
            categoryID = publication.categoryID
            subscriptionID = nextID()
            let startAt = max(now, submission.startAt ?? now)
            if let endAt = submission.endAt, endAt <= startAt { throw CSARefusal("the end date is before the start") }
            data.subscriptions.put(
                CSASubscription(
                    id: subscriptionID, name: submission.name ?? offering.name, offeringID: offering.id,
                    catalogID: catalogID, categoryID: categoryID, personID: person.id, requestID: id, createdAt: now,
                    startAt: startAt, endAt: submission.endAt, changedAt: now))
        } else {
            let subscription = try changeable(submission, by: person)
            subscriptionID = subscription.id
            offeringID = subscription.offeringID
            catalogID = subscription.catalogID
            categoryID = subscription.categoryID
        }
        let nextAt = now + settings.processorMilliseconds
        data.requests.put(
            CSAServiceRequest(
                id: id, name: submission.name ?? submission.action, catalogID: catalogID, categoryID: categoryID,
                action: submission.action, offeringID: offeringID, subscriptionID: subscriptionID,
                submitterID: person.id, submittedAt: now, changedAt: now, nextAt: nextAt, fields: submission.fields))
        deadlines.insert(.processor(request: id), at: nextAt)
        return id
    }

    private func orderable(
        _ submission: CSASubmission, by person: CSAPerson
    ) throws(CSARefusal) -> (CSAOffering, CSAOffering.Publication) {
        guard let offering = data.offerings[submission.contextID], !offering.isRetired else {
            throw CSARefusal("the service offering is not found")
        }
        let publication = offering.publications.first { publication in
            guard let catalog = data.catalogs[publication.catalogID],
                let category = catalog.categories.first(where: { $0.id == publication.categoryID })
            else { return false }
            return submission.catalogID.map { $0 == catalog.id } ?? true
                && submission.category.map { $0 == category.name } ?? true
        }
        guard let publication else { throw CSARefusal("the service offering is not published in the catalog") }
        let catalog = data.catalogs[publication.catalogID]
        guard catalog?.isShared == true || catalog?.organizationID == person.organizationID || isProvider(person) else {
            throw CSARefusal("the catalog is not the organization's")
        }
        return (offering, publication)
    }

    /// The subscription of a change, cancellation or user operation, if it is in a state for it.
    private func changeable(
        _ submission: CSASubmission, by person: CSAPerson
    ) throws(CSARefusal) -> CSASubscription {
        let isOperation = ![CSAAction.modify, CSAAction.cancel].contains(submission.action)
        let id = isOperation ? submission.subscriptionID : submission.contextID
        guard let subscription = data.subscriptions[id], !subscription.isRetired else {
            throw CSARefusal("the subscription is not found")
        }
        guard subscription.personID == person.id || isProvider(person) else {
            throw CSARefusal("the subscription is another's")
        }
        guard let instance = data.instances[subscription.instanceID] else {
            throw CSARefusal("the subscription has no service instance yet")
        }
        guard let offering = data.offerings[subscription.offeringID] else {
            throw CSARefusal("the service offering is not found")
        }
        let isOpen =
            data.requests.first {
                $0.subscriptionID == subscription.id && !$0.state.isFinal
            } != nil
        guard !instance.state.isRunning, !isOpen else { throw CSARefusal("the subscription is being worked on") }
        switch submission.action {
        case CSAAction.modify:
            guard [.active, .modifyFailed].contains(instance.state), subscription.status == .active else {
                throw CSARefusal("only an active subscription can be modified")
            }
            if settings.unpublishStopsModify, !offering.isPublished(in: subscription.catalogID) {
                throw CSARefusal("the service offering is not published in the catalog")
            }
        case CSAAction.cancel:
            guard !subscription.status.isFinal else { throw CSARefusal("the subscription has ended") }
        default:
            guard submission.contextID == instance.componentID,
                offering.processIDs["operation:\(submission.action)"] != nil
            else { throw CSARefusal("the component has no action \(submission.action)") }
            guard [.active, .publicActionFailed].contains(instance.state) else {
                throw CSARefusal("only an active subscription has user operations")
            }
        }
        return subscription
    }

    // MARK: The request processor

    /// It comes to a request: decides on approval, or begins the work of an approved one.
    mutating func process(request id: String, at instant: EpochMilliseconds) {
        guard let request = data.requests[id] else { return }
        data.requests.change(id) { $0.nextAt = nil }
        switch request.state {
        case .submitted:
            let offering = data.offerings[request.offeringID]
            guard let policy = offering.flatMap({ policy(for: request.action, offering: $0, in: request.catalogID) })
            else { return approve(id, at: instant) }
            ask(policy, about: request, at: instant)
        case .approved: fulfil(request, at: instant)
        case .pendingApproval, .inProgress, .completed, .rejected, .cancelled: break
        }
    }

    /// The request goes on; the processor takes it up.
    mutating func approve(_ id: String, at instant: EpochMilliseconds) {
        let nextAt = instant + settings.processorMilliseconds
        data.requests.change(id) {
            $0.state = .approved
            $0.changedAt = instant
            $0.nextAt = nextAt
        }
        deadlines.insert(.processor(request: id), at: nextAt)
    }

    /// The request is at its end without any work; an order's subscription with it.
    mutating func drop(_ id: String, as state: CSARequestState, at instant: EpochMilliseconds) {
        guard let request = data.requests[id] else { return }
        data.requests.change(id) {
            $0.state = state
            $0.changedAt = instant
            $0.nextAt = nil
        }
        guard request.action == CSAAction.order else { return }
        data.subscriptions.change(request.subscriptionID) {
            $0.status = .cancelled
            $0.changedAt = instant
        }
    }

    /// COMPLETED means that the work began, not that it ended (csa-api.md section 5).
    private mutating func fulfil(_ request: CSAServiceRequest, at instant: EpochMilliseconds) {
        guard let subscription = data.subscriptions[request.subscriptionID] else { return }
        if request.action == CSAAction.order {
            let instance = CSAInstance(id: nextID(), subscriptionID: subscription.id, componentID: nextID())
            data.instances.put(instance)
            data.subscriptions.change(subscription.id) { $0.instanceID = instance.id }
            complete(request.id, at: instant)
            if let endAt = subscription.endAt { deadlines.insert(.end(subscription: subscription.id), at: endAt) }
            if settings.reserving == .beforeInitializing, subscription.startAt > instant {
                reserve(instance.id, until: subscription.startAt)
            } else {
                begin(.order, stage: 0, on: instance.id, requestID: request.id, at: instant)
            }
            return
        }
        // It was free at the submission; an expiry or another request may have come in between.
        guard let instance = data.instances[subscription.instanceID], !instance.state.isRunning,
            !subscription.status.isFinal
        else { return drop(request.id, as: .rejected, at: instant) }
        complete(request.id, at: instant)
        let work: CSAWork =
            switch request.action {
            case CSAAction.modify: .modify
            case CSAAction.cancel: .cancel
            default: .operation(request.action)
            }
        begin(work, stage: 0, on: instance.id, requestID: request.id, at: instant)
    }

    private mutating func complete(_ id: String, at instant: EpochMilliseconds) {
        data.requests.change(id) {
            $0.state = .completed
            $0.changedAt = instant
        }
    }

    /// Cancels a request while it waits; PROVEN: once it is approved only its subscription can be cancelled.
    mutating func cancelRequest(_ id: String, at now: EpochMilliseconds) throws(CSARefusal) {
        guard let request = data.requests[id] else { throw CSARefusal("the request is not found") }
        guard [.submitted, .pendingApproval].contains(request.state) else {
            throw CSARefusal("only a pending request can be cancelled")
        }
        if let approvalID = request.approvalID { data.approvals.change(approvalID) { $0.timerAt = nil } }
        drop(id, as: .cancelled, at: now)
    }
}
