import SluiceModel

/// Asking the systems, and taking what they answer.
extension ChangeState {
    mutating func dispatch(_ lane: Int, at now: Moment, _ effects: inout [ChangeEffect]) {
        leaveRestore(lane, at: now)
        wake(lane, at: now)
        guard lanes[lane].haltedCause == nil, now.monotonic >= lanes[lane].pause.until else { return }
        while lanes[lane].callCount < (lanes[lane].isProven ? lanes[lane].system.callCountMax : 1) {
            // What is begun is ended first.
            if let orders = takeOrders(lane, at: now) {
                effects.append(.write(call: nextCall, system: lanes[lane].system.name, orders))
                nextCall += 1
            } else if lanes[lane].underWayCount < ChangeLimits.underWayCountMax, let place = lanes[lane].takeRead() {
                table.records[place].stage = .reading
                lanes[lane].underWayCount += 1
                let entry = table.records[place].entry
                effects.append(.read(entry.id, system: entry.system, object: entry.object))
            } else {
                return
            }
            lanes[lane].callCount += 1
        }
    }

    /// Puts those whose time has come back in line.
    private mutating func wake(_ lane: Int, at now: Moment) {
        guard now.monotonic >= lanes[lane].nextDelayedAt else { return }
        let waiting = lanes[lane].delayed
        lanes[lane].delayed = []
        lanes[lane].nextDelayedAt = MonotonicTime(nanoseconds: .max)
        for place in waiting {
            if now.monotonic >= table.records[place].readAt {
                enqueue(place)
            } else {
                enqueue(place, at: table.records[place].readAt)
            }
        }
    }

    /// The next write; those whose image is too old are read again.
    private mutating func takeOrders(_ lane: Int, at now: Moment) -> [ChangeOrder]? {
        var orders: [ChangeOrder] = []
        var places: [Int] = []
        var taken = 0
        for place in lanes[lane].ready {
            guard orders.count < lanes[lane].system.writeCountMax else { break }
            taken += 1
            guard let image = table.records[place].image,
                now.monotonic.since(image.at) <= ChangeLimits.imageDurationMax
            else {
                enqueue(place)
                continue
            }
            let entry = table.records[place].entry
            // What is made for good is nobody's to put back.
            let isMarked = !table.records[place].isReturning && !entry.isRestore
            orders.append(
                ChangeOrder(
                    entry: entry.id, object: entry.object, fields: fields(of: entry, image.value),
                    basedOn: image.value, marker: isMarked ? entry.maintenance : nil))
            places.append(place)
            table.records[place].stage = .writing
            table.records[place].image = nil
        }
        lanes[lane].ready.removeFirst(taken)
        guard !orders.isEmpty else { return nil }
        calls[nextCall] = places
        return orders
    }

    /// What a write sets.
    private func fields(of entry: JournalEntry, _ image: OutsideImage) -> [JournalField] {
        guard entry.state == .reverting else { return entry.wanted }
        return entry.comparedReturning(image).made.map { JournalField($0.name, entry.before.value(of: $0.name)) }
    }

    // MARK: Answers

    /// The record that a read was for; nil when it is none of the present ones.
    private mutating func readEnded(_ id: JournalID) -> (place: Int, lane: Int)? {
        guard let place = table.places[id], let lane = table.records[place].lane,
            case .reading = table.records[place].stage
        else { return nil }
        lanes[lane].callCount -= 1
        return (place, lane)
    }

    mutating func wasRead(_ id: JournalID, _ image: OutsideImage?, at now: Moment) {
        guard let (place, lane) = readEnded(id) else { return }
        lanes[lane].answered(at: now.monotonic)
        table.records[place].stage = .idle
        guard isRecovered else { return }
        judge(place, image, at: now)
        if case .committing = table.records[place].stage { return }
        lanes[lane].underWayCount -= 1
    }

    mutating func readFailed(_ id: JournalID, _ cause: String, _ trouble: ChangeTrouble, at now: Moment) {
        guard let (place, lane) = readEnded(id) else { return }
        table.records[place].stage = .idle
        lanes[lane].underWayCount -= 1
        failed(place, lane, cause, trouble, at: now)
        guard isRecovered else { return }
        if trouble == .object, table.records[place].entry.isRestore {
            leave(place, cause, at: now)
        } else if trouble == .object {
            enqueue(place, at: table.records[place].retryAt)
        } else {
            enqueue(place)
        }
    }

    /// Notes a failure; the next write of the record waits if it is its own.
    private mutating func failed(
        _ place: Int, _ lane: Int, _ cause: String, _ trouble: ChangeTrouble, at now: Moment
    ) {
        lanes[lane].failed(cause, trouble, at: now.monotonic)
        table.records[place].failure = cause
        guard trouble == .object else { return }
        table.records[place].failureCount += 1
        table.records[place].retryAt = now.monotonic.advanced(
            by: ChangeLimits.objectWait(after: table.records[place].failureCount))
    }

    mutating func wrote(_ call: Int, _ outcomes: [ChangeOutcome], at now: Moment) {
        guard let sent = calls.removeValue(forKey: call), let lane = sent.first.flatMap({ table.records[$0].lane })
        else { return }
        lanes[lane].callCount -= 1
        var results: [JournalID: ChangeOutcome.Result] = [:]
        for outcome in outcomes { results[outcome.entry] = outcome.result }
        for place in sent {
            let result =
                results[table.records[place].entry.id]
                ?? .unknown(cause: "nothing was said of what became of it", .object)
            took(place, lane, result, at: now)
        }
    }

    private mutating func took(_ place: Int, _ lane: Int, _ result: ChangeOutcome.Result, at now: Moment) {
        let isMaking = table.records[place].entry.state == .intended
        table.records[place].isUnsent = false
        table.records[place].isAnswered = false
        table.records[place].lagCount = 0
        switch result {
        case .taken(let image):
            lanes[lane].answered(at: now.monotonic)
            table.records[place].isAnswered = true
            table.records[place].failureCount = 0
            table.records[place].failure = nil
            if isMaking {
                table.records[place].wasSent = true
                guard isRecovered else { return }
                var entry = table.records[place].entry.moved(
                    to: .applied, at: now.wall, cause: "\(lanes[lane].system.name) said yes; it is not read back yet")
                // An answer that shows a field as it was before is none of how we made it.
                let compared = image.map {
                    FieldComparison(before: entry.before, ours: entry.wanted, now: $0.fields)
                }
                if let image, let compared, compared.unmade.isEmpty {
                    entry.after = entry.wanted.map { JournalField($0.name, image.fields.value(of: $0.name)) }
                }
                lanes[lane].underWayCount += 1
                move(place, to: entry)
                return
            }
        case .stale:
            lanes[lane].answered(at: now.monotonic)
            table.records[place].isUnsent = true
            table.records[place].failureCount += 1
            table.records[place].failure = "it changed while it was to be sent"
            if table.records[place].failureCount > 1 {
                table.records[place].retryAt = now.monotonic.advanced(
                    by: ChangeLimits.objectWait(after: table.records[place].failureCount))
            }
        case .refused(let cause):
            lanes[lane].answered(at: now.monotonic)
            if isMaking { table.records[place].wasSent = true }
            failed(place, lane, cause, .object, at: now)
        case .unknown(let cause, let trouble):
            if isMaking {
                table.records[place].wasSent = true
                table.records[place].mayComeLate(for: policy.lateDuration, at: now)
            }
            failed(place, lane, cause, trouble, at: now)
        case .notSent(let cause, let trouble):
            table.records[place].isUnsent = true
            failed(place, lane, cause, trouble, at: now)
        }
        guard isRecovered else { return }
        // Whatever it was, what became of it is read.
        enqueue(place)
    }

    /// Has its next state written.
    mutating func move(_ place: Int, to entry: JournalEntry) {
        outgoing.append(Move(entry: entry, replacing: table.records[place].entry.state))
        table.records[place].stage = .committing
    }
}
