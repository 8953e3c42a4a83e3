import SluiceCore
import SluiceModel
import SluicePorts

extension CSADrainSource {
    /// What a look showed, and what is kept of it.
    func sight(of look: inout Look) -> DrainSight {
        let waiting = waitingInstances(look)
        var standings: [CSAInstanceID: DrainStanding] = [:]
        var instanceItems: [DrainItem] = []
        takeListings(&look, &standings)
        for id in look.seen.keys.sorted() {
            guard let item = item(of: id, waiting[id], &look) else { continue }
            standings[id] = item.standing
            if item.standing.blocks || look.memory.known[id] != nil {
                look.memory.resting[id] = nil
                instanceItems.append(item)
            } else {
                keep(item, id, &look)
            }
        }
        instanceItems.removeAll { $0.standing == .ended }
        instanceItems += look.memory.resting.keys.sorted().compactMap { look.memory.resting[$0] }
        var items = personItems(look, standings)
        // A paused subscription is the same thing under the name that people know.
        let paused = Set(
            look.persons.flatMap { $0.reading?.subscriptions ?? [] }.filter { $0.status == .paused }
                .compactMap(\.instanceID))
        for item in instanceItems {
            if case .paused = item.standing, paused.contains(CSAInstanceID(item.id.text)) { continue }
            items.append(item)
        }
        let shown = Set(
            instanceItems.compactMap { item in
                if case .waitsForHold = item.standing { CSAInstanceID(item.id.text) } else { nil }
            })
        for (id, item) in look.processes {
            var item = item
            let process = look.memory.processes[id]
            // One that was let through runs with its instance, and is told apart only when it does so no more.
            if process?.wasHeld == false, item.standing == .running, item.stuck == nil,
                let instance = process?.instance, standings[instance]?.blocks ?? false
            {
                continue
            }
            if case .waitsForHold(let ticket) = item.standing, let instance = process?.instance {
                // An instance that waits for the hold says it already.
                if shown.contains(instance) { continue }
                // A pool's synchronisation, a delegated approval: no lifecycle stands still for it, and Sluice launches
                // it later.
                if !(standings[instance]?.blocks ?? false) {
                    item.standing = .dueLater
                    item.title = "its launch is held as \(ticket)"
                }
            }
            items.append(item)
        }
        look.notes.append("whoever never logged in to the portal may be missing from CSA's persons (csa-api.md 3.4)")
        var known: Set<DrainItemID> = []
        return DrainSight(
            system: .csa, isFull: look.isFull, items: items.filter { known.insert($0.id).inserted }, ended: look.ended,
            gaps: look.gaps, notes: look.notes)
    }

    /// Instances whose launch Sluice holds.
    private func waitingInstances(_ look: Look) -> [CSAInstanceID: Ticket] {
        var waiting: [CSAInstanceID: Ticket] = [:]
        for found in look.holds {
            guard let id = found.hold.request.csaInstanceID, let ticket = found.waitsFor else { continue }
            waiting[id] = min(waiting[id] ?? ticket, ticket)
        }
        return waiting
    }

    /// What is at rest is shown, not followed; whoever is not asked for this time stands as at the last sweep.
    private func takeListings(_ look: inout Look, _ standings: inout [CSAInstanceID: DrainStanding]) {
        if look.isFull { look.memory.resting = [:] }
        for id in look.listed.keys.sorted() {
            guard let listed = look.listed[id], let state = listed.state else { continue }
            let standing = CSADrainRules.instance(isRetired: false, state: state)
            standings[id] = standing
            var item = DrainItem(DrainItemID(.serviceInstance, id.text), standing)
            item.flow = CSADrainRules.durationKey(instanceState: state.word)
            item.title = listed.title
            item.owner = listed.owner
            keep(item, id, &look)
        }
        if look.memory.resting.count >= CSASurveyLimits.restingCountMax {
            look.notes.append("more than \(look.memory.resting.count) instances are reserved or failed")
        }
    }

    /// Shown until the next sweep, if it is at rest and not for good.
    private func keep(_ item: DrainItem, _ id: CSAInstanceID, _ look: inout Look) {
        look.memory.resting[id] = nil
        guard !item.standing.blocks, item.standing != .ended else { return }
        if look.memory.resting.count < CSASurveyLimits.restingCountMax { look.memory.resting[id] = item }
    }

    /// One instance that was asked for by id, and what is remembered of it.
    /// - Returns: nil: it is none, as the pool that a sync was for.
    private func item(of id: CSAInstanceID, _ hold: Ticket?, _ look: inout Look) -> DrainItem? {
        guard let seen = look.seen[id] else { return nil }
        let listed = look.listed[id]
        var known = look.memory.known[id]
        if known == nil, listed == nil, look.transitions[id] == nil, let type = seen.artifact?.type,
            type != "SERVICE_INSTANCE"
        {
            return nil
        }
        if known == nil, listed == nil, seen.artifact == nil, seen.trouble == nil { return nil }
        let standing = standing(of: seen, listed, hold, &known)
        let word = seen.artifact?.state ?? "unknown"
        var item = DrainItem(DrainItemID(.serviceInstance, id.text), standing)
        item.title = seen.trouble?.message ?? listed?.title ?? known?.title
        item.owner = listed?.owner ?? known?.owner
        item.flow = known?.flow ?? CSADrainRules.durationKey(instanceState: word)
        if standing.blocks {
            var running = known ?? Known(flow: CSADrainRules.durationKey(instanceState: word))
            running.title = listed?.title ?? running.title
            running.owner = item.owner
            running.restedAt = nil
            known = running
        } else if var rested = known {
            if rested.restedAt == nil {
                rested.restedAt = look.now.monotonic
                var end = DrainEnd(item.id, isIdle: false)
                end.flow = rested.flow
                end.title = rested.title
                look.ended.append(end)
                if seen.artifact == nil { look.notes.append("CSA does not know instance \(id) any more, which ran") }
            }
            let age = look.now.monotonic.since(rested.restedAt ?? look.now.monotonic)
            known = age >= CSASurveyLimits.restFollowDuration || seen.artifact == nil ? nil : rested
        }
        look.memory.known[id] = known
        return item
    }

    private func standing(
        of seen: InstanceLook, _ listed: Listed?, _ hold: Ticket?, _ known: inout Known?
    ) -> DrainStanding {
        if seen.trouble != nil { return .unknown("unreadable") }
        guard let artifact = seen.artifact else {
            // Its two words contradict each other.
            if let listed, listed.state?.isRunning ?? true { return .unknown("not found") }
            // One that ran is gone only when CSA says so again.
            guard known?.restedAt == nil, let missCount = known?.missCount else { return .ended }
            known?.missCount = missCount + 1
            return missCount + 1 < CSASurveyLimits.missCountMax ? .unknown("not found") : .ended
        }
        known?.missCount = 0
        let standing = CSADrainRules.instance(
            isRetired: artifact.isRetired, state: artifact.instanceState, record: seen.record)
        return standing == .running ? hold.map { .waitsForHold($0) } ?? .running : standing
    }

    private func personItems(
        _ look: Look, _ standings: [CSAInstanceID: DrainStanding]
    ) -> [DrainItem] {
        look.persons.flatMap { person -> [DrainItem] in
            if let trouble = person.trouble {
                let user = person.person.user
                var item = DrainItem(
                    CSADrainRules.personID(user, key: person.person.counts.id), .unknown("unreadable"))
                item.flow = FlowID("csa:person")
                item.title = trouble.message
                item.owner = user.userName
                return [item]
            }
            guard let reading = person.reading else { return [] }
            return CSADrainRules.items(of: reading, instances: standings, at: look.now.wall)
        }
    }
}
