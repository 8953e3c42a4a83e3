import SluiceModel

/// Comparing what is read with what is on record.
extension ChangeState {
    mutating func judge(_ place: Int, _ image: OutsideImage?, at now: Moment) {
        let entry = table.records[place].entry
        guard let image else { return missing(place, at: now) }
        table.records[place].missingCount = 0
        guard image.fields.count <= JournalField.countMax else {
            return ask(
                place, found: [], "it has more than \(JournalField.countMax) fields, so none is compared", at: now)
        }
        guard entry.isIntact else {
            return ask(
                place, found: [], "its before-image on record is damaged: the checksum is another one", at: now)
        }
        switch entry.state {
        case .intended: judgeMaking(place, image, at: now)
        case .applied: judgeMade(place, image, at: now)
        case .reverting: judgeReturning(place, image, at: now)
        case .done, .reverted, .conflict, .gone: break
        }
    }

    /// A system that is starting may not have found everything yet: it is looked for twice.
    private mutating func missing(_ place: Int, at now: Moment) {
        table.records[place].missingCount += 1
        guard table.records[place].missingCount > 1 else {
            return enqueue(place, at: now.monotonic.advanced(by: ChangeLimits.lookInterval))
        }
        let entry = table.records[place].entry
        let cause =
            entry.mayBeChanged
            ? "it was deleted after it was changed: nothing is left to put back"
            : "it is not there, so it cannot be changed"
        move(place, to: entry.moved(to: .gone, at: now.wall, cause: cause))
    }

    // MARK: Making

    private mutating func judgeMaking(_ place: Int, _ image: OutsideImage, at now: Moment) {
        let record = table.records[place]
        guard record.wasSent else { return judgeFirst(place, image, at: now) }
        guard !isMarkedByAnother(place, image, at: now) else { return }
        let entry = record.entry
        let compared = FieldComparison(
            before: entry.before, ours: entry.wanted, now: image.fields, overwritten: entry.overwritten)
        if compared.isMade { return made(place, image, "made, and read back", at: now) }
        send(place, image, compared, left: compared.unmade, at: now)
    }

    /// It was not sent yet: as it is now is how it was before.
    private mutating func judgeFirst(_ place: Int, _ image: OutsideImage, at now: Moment) {
        var entry = table.records[place].entry
        if let marker = image.marker, entry.decision?.kind != .putBack {
            return ask(
                place, found: [],
                "it carries the mark of \(marker), and no record of that is here: another controller may have changed "
                    + "it",
                at: now)
        }
        let names = Set(image.fields.map(\.name))
        if let absent = entry.wanted.first(where: { !names.contains($0.name) }) {
            return ask(place, found: [], "it has no field \(absent.name)", at: now)
        }
        guard now.monotonic >= table.records[place].retryAt else {
            return enqueue(place, at: table.records[place].retryAt)
        }
        let isIntended = entry.attempt > 0 && entry.before == image.fields
        entry.before = image.fields
        entry.record = image.record
        entry.checksum = JournalEntry.checksum(of: entry.before, entry.record)
        if FieldComparison(before: image.fields, ours: entry.wanted, now: image.fields).isMade {
            entry.attempt = 0
            let cause = "it was so already: nothing is changed"
            return move(place, to: entry.moved(to: .reverted, at: now.wall, cause: cause))
        }
        table.records[place].image = (image, now.monotonic)
        if isIntended { return makeReady(place) }
        entry.attempt = 1
        move(place, to: entry)
    }

    /// The system said that it made it.
    private mutating func judgeMade(_ place: Int, _ image: OutsideImage, at now: Moment) {
        let record = table.records[place]
        let entry = record.entry
        let compared = FieldComparison(before: entry.before, ours: entry.ours, now: image.fields)
        if compared.isMade { return made(place, image, "made, and read back", at: now) }
        if !compared.unmade.isEmpty, compared.clashing.isEmpty {
            guard record.lagCount < ChangeLimits.lagCountMax else {
                return ask(
                    place, found: seen(of: entry, image),
                    "\(entry.system) said that it is made, and it reads as before: somebody put it back, or it is "
                        + "not done", at: now)
            }
            table.records[place].lagCount += 1
            return enqueue(place, at: now.monotonic.advanced(by: ChangeLimits.lookInterval))
        }
        // Nobody but the system itself had a hand in it since it said yes: it spells the values its own way.
        if entry.after.isEmpty, record.isAnswered, compared.isSpeltAnew {
            let spelt = compared.clashing.map(\.shown).joined(separator: ", ")
            return made(place, image, "made, and read back as the system spells it: \(spelt)", at: now)
        }
        clash(place, compared, at: now)
    }

    private mutating func made(_ place: Int, _ image: OutsideImage, _ cause: String, at now: Moment) {
        let made = table.records[place].entry
        // What a restore made is as it was: nothing of it is left to be put back.
        var entry = made.moved(to: made.isRestore ? .reverted : .done, at: now.wall, cause: cause)
        entry.after = seen(of: entry, image)
        entry.found = []
        entry.doneAt = now.wall
        move(place, to: entry)
    }

    // MARK: The way back

    private mutating func judgeReturning(_ place: Int, _ image: OutsideImage, at now: Moment) {
        guard !isMarkedByAnother(place, image, at: now) else { return }
        let record = table.records[place]
        var entry = record.entry
        var compared = entry.comparedReturning(image)
        if record.isUnread {
            table.records[place].isUnread = false
            if entry.after.isEmpty, compared.isSpeltAnew {
                // As with `judgeMade`.
                entry.after = seen(of: entry, image)
                table.records[place].entry = entry
                compared = entry.comparedReturning(image)
            }
        }
        if compared.isBefore {
            if let late = record.lateUntil, now.monotonic < late {
                // The answer to its making was lost: it may be carried out yet.
                table.records[place].isAnswered = false
                return enqueue(place, at: min(late, now.monotonic.advanced(by: ChangeLimits.lookInterval)))
            }
            let cause =
                entry.attempt > 0
                ? "put back, and read back" : entry.doneAt == nil ? "it was not changed" : "it is as before already"
            let kept = entry.decision.map { $0.kind == .keep ? "; \($0.fields.joined(separator: ", ")) kept" : "" }
            return move(place, to: entry.moved(to: .reverted, at: now.wall, cause: cause + (kept ?? "")))
        }
        if compared.clashing.isEmpty, record.isAnswered {
            guard record.lagCount < ChangeLimits.lagCountMax else {
                return ask(
                    place, found: seen(of: entry, image),
                    "\(entry.system) said that it is put back, and it reads as we made it: somebody made it so again, "
                        + "or it is not done", at: now)
            }
            table.records[place].lagCount += 1
            return enqueue(place, at: now.monotonic.advanced(by: ChangeLimits.lookInterval))
        }
        send(place, image, compared, left: compared.made, at: now)
    }

    // MARK: Both ways

    /// Has it sent, again perhaps, if nothing speaks against it.
    private mutating func send(
        _ place: Int, _ image: OutsideImage, _ compared: FieldComparison, left: [JournalField], at now: Moment
    ) {
        let record = table.records[place]
        guard compared.clashing.isEmpty else { return clash(place, compared, at: now) }
        guard now.monotonic >= record.retryAt else { return enqueue(place, at: record.retryAt) }
        if record.isUnsent {
            table.records[place].image = (image, now.monotonic)
            return makeReady(place)
        }
        var entry = record.entry
        let isOver = entry.isRestore && record.failure != nil
        guard entry.attempt < ChangeLimits.attemptCountMax, !isOver else {
            return ask(
                place, found: seen(of: entry, image),
                "it was sent \(entry.attempt) times and is not so: \(record.failure ?? "no answer was kept")", at: now)
        }
        entry.attempt += 1
        let what = left.map(\.name).joined(separator: ", ")
        if entry.state == .reverting {
            entry.revertedAt = entry.revertedAt ?? now.wall
            entry.cause = "\(what) on the way back"
        } else {
            entry.cause = "sent again: \(record.failure ?? "\(what) not made yet")"
        }
        table.records[place].image = (image, now.monotonic)
        move(place, to: entry)
    }

    /// Its intent is on disk already.
    private mutating func makeReady(_ place: Int) {
        table.records[place].stage = .ready
        if let lane = table.records[place].lane { lanes[lane].ready.append(place) }
    }

    private mutating func isMarkedByAnother(_ place: Int, _ image: OutsideImage, at now: Moment) -> Bool {
        let entry = table.records[place].entry
        guard let marker = image.marker, marker != entry.maintenance, entry.decision?.kind != .putBack else {
            return false
        }
        ask(place, found: [], "it carries the mark of \(marker): another controller changed it too", at: now)
        return true
    }

    private func seen(of entry: JournalEntry, _ image: OutsideImage) -> [JournalField] {
        entry.wanted.map { JournalField($0.name, image.fields.value(of: $0.name)) }
    }

    /// Somebody changed what is ours.
    private mutating func clash(_ place: Int, _ compared: FieldComparison, at now: Moment) {
        let entry = table.records[place].entry
        let ours = entry.ours
        let fields = compared.clashing.prefix(ChangeLimits.toldFieldCountMax).map { field in
            "\(field.name) is \(field.shownValue), was "
                + "\(JournalField(field.name, entry.before.value(of: field.name)).shownValue), ours is "
                + JournalField(field.name, ours.value(of: field.name)).shownValue
        }
        let rest = compared.clashing.count - fields.count
        ask(
            place, found: compared.clashing,
            "somebody changed it: \(fields.joined(separator: "; "))\(rest > 0 ? "; and \(rest) more" : "")", at: now)
    }

    /// Leaves it as it is, for an operator to decide.
    private mutating func ask(_ place: Int, found: [JournalField], _ cause: String, at now: Moment) {
        var entry = table.records[place].entry.moved(to: .conflict, at: now.wall, cause: cause)
        entry.found = found
        entry.decision = nil
        if entry.isRestore {
            // Nobody is asked: whoever ordered it is told, and can order it again.
            entry.decision = JournalDecision(
                .keep, fields: entry.wanted.map(\.name), by: entry.by, at: now.wall,
                reason: "a restore leaves what it cannot make")
        }
        move(place, to: entry)
    }

    /// Leaves a change of a restore that nothing is under way for.
    mutating func leave(_ place: Int, _ cause: String, at now: Moment) {
        if let lane = table.records[place].lane { lanes[lane].underWayCount += 1 }
        ask(place, found: [], cause, at: now)
    }

    /// A restore is answered once: what a system that is away, or refuses our account, has not done is left.
    mutating func leaveRestore(_ lane: Int, at now: Moment) {
        guard let cause = lanes[lane].haltedCause ?? lanes[lane].failure,
            table.records.contains(where: { $0.entry.isRestore })
        else { return }
        lanes[lane].forgetWaiting()
        for place in table.records.indices where table.records[place].lane == lane {
            let record = table.records[place]
            guard record.entry.isRestore, record.isUnmade, !record.isUnderWay else { continue }
            leave(place, record.wasSent ? "\(cause); whether it took effect is not known" : cause, at: now)
        }
        lanes[lane].forgive(at: now.monotonic)
    }
}

extension JournalEntry {
    /// What an operator decided to overwrite.
    fileprivate var overwritten: [JournalField] { decision?.kind == .putBack ? found : [] }

    func comparedReturning(_ image: OutsideImage) -> FieldComparison {
        FieldComparison(
            before: before, ours: ours, now: image.fields, overwritten: overwritten, isReturning: true)
    }
}
