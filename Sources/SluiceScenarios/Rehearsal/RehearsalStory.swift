import SluiceCore
import SluiceEngine
import SluiceModel
import SluicePorts
import SluiceSandbox

/// One rehearsal from its warm-up to its report, on a site that runs.
struct RehearsalStory: Sendable {
    let site: RehearsalSite
    let options: Rehearsal.Options
    /// When it is broken off.
    let limit: Timestamp
    let traffic: RehearsalTraffic
    let narrate: @Sendable (String) -> Void

    private static let principal = Principal("rehearsal")

    private var keeper: MaintenanceKeeper { site.service.engine.maintenance }
    private var now: Timestamp { site.time.now.wall }

    func tell() async throws -> RehearsalReport {
        try await withThrowingTaskGroup(of: RehearsalReport?.self) { group in
            group.addTask {
                await traffic.run()
                // It only ends when it is cancelled; what is left is told by the other.
                return nil
            }
            group.addTask { try await play() }
            while let report = try await group.next() {
                guard let report else { continue }
                group.cancelAll()
                return try await settled(report)
            }
            throw CancellationError()
        }
    }

    // MARK: The course

    private func play() async throws -> RehearsalReport {
        say("the load runs, \(site.time.speed) times as fast as the clock")
        let warmUp = Duration.seconds(options.warmUpSeconds)
        let start = options.plan.startsAt ?? site.time.from.advanced(by: warmUp)
        // Before it starts by itself, too: what it finds is compared with what it leaves.
        try await site.time.wait(until: max(now, start.advanced(by: .zero - min(warmUp, .seconds(60)))))
        let before = try await RehearsalSnapshot(of: site)
        let id = try await plan()
        if options.plan.startsAt == nil {
            try await site.time.wait(until: start)
            try await move(.start(available: keeper.parts), of: id, "rehearsal")
        }
        var watch = RehearsalWatch()
        var isResumed = false
        var toldAt = now
        while true {
            guard let view = try await keeper.view(id) else { throw ServiceError("the maintenance is gone") }
            for phase in watch.see(view.record, view.blockers, unnamed: view.unnamedBlockerCount, at: now) {
                narrate("\(phase.from.cutToSecond.rfc3339)  \(phase.phase.rawValue)")
                toldAt = now
            }
            if let first = view.blockers.first, now.since(toldAt) >= RehearsalLimits.tellInterval {
                let more = view.blockers.count + view.unnamedBlockerCount - 1
                say("still waits for \(first.name)\(more > 0 ? " and \(more) more" : ""): \(first.text)")
                toldAt = now
            }
            if let text = startTrouble(view.record) { throw ServiceError("it did not start by itself: \(text)") }
            if view.record.phase.isFinal || now > limit {
                return try await report(view.record, watch, before)
            }
            if view.record.phase == .quiesced, !isResumed,
                now >= view.record.phaseSince.advanced(by: .seconds(options.upgradeSeconds))
            {
                try await move(.resume, of: id, "the upgrade is done")
                isResumed = true
            }
            try await Task.sleep(for: RehearsalLimits.lookInterval)
        }
    }

    /// Put on record only when nothing stands against it.
    private func plan() async throws -> MaintenanceID {
        let engine = site.service.engine
        // There are no proxies here: they ask as those of a site would.
        for system in FencedSystem.allCases { _ = engine.fences.answer(of: system, at: engine.clocks.now().monotonic) }
        let findings = await keeper.preflight(options.plan)
        for finding in findings where finding.severity != .note { say("\(finding.severity.rawValue): \(finding.text)") }
        let errors = findings.filter { $0.severity == .error }
        guard errors.isEmpty else {
            throw ServiceError("it cannot be started like this: \(errors.map(\.text).joined(separator: "; "))")
        }
        switch try await keeper.plan(options.plan, by: Self.principal) {
        case .success(let record): return record.id
        case .failure(let refusal):
            throw ServiceError("the plan cannot be rehearsed: \(refusal.problems.joined(separator: "; "))")
        }
    }

    private func startTrouble(_ record: MaintenanceRecord) -> String? {
        guard record.phase == .planned, record.remindedAt != nil else { return nil }
        return record.steps.last?.cause ?? "see the log"
    }

    private func move(_ move: MaintenanceMove, of id: MaintenanceID, _ reason: String) async throws {
        for _ in 0..<EngineLimits.moveRetryCountMax {
            switch try await keeper.order(move, of: id, by: Self.principal, reason: reason) {
            case .moved: return
            case .refused(.busy): try await Task.sleep(for: RehearsalLimits.lookInterval)
            case .refused(let refusal): throw ServiceError("the maintenance refused a move: \(refusal)")
            case nil: throw ServiceError("the maintenance is gone")
            }
        }
        throw ServiceError("the maintenance is busy all the time")
    }

    private func say(_ text: String) { narrate("\(now.cutToSecond.rfc3339)  \(text)") }

    // MARK: The report

    private func report(
        _ record: MaintenanceRecord, _ watch: RehearsalWatch, _ before: RehearsalSnapshot
    ) async throws -> RehearsalReport {
        var report = RehearsalReport(
            title: options.plan.title, systems: options.plan.systems, from: site.time.from, speed: site.time.speed,
            stepSeconds: site.time.step.components.seconds, ended: record.phase)
        report.phases = watch.phases
        report.dryAt = watch.dryAt
        report.blockers = watch.sortedBlockers
        report.unnamedBlockerCount = watch.unnamedBlockerCount
        report.checks = before.checks(against: try await RehearsalSnapshot(of: site))
        report.notes = options.notes + site.notes
        if !record.phase.isFinal {
            report.notes.append(
                "it was broken off at \(now.cutToSecond.rfc3339), "
                    + "\(RehearsalLimits.overtime.components.seconds / 3600) h after its expected end")
        }
        return report
    }

    /// What still runs may end; then it is counted.
    private func settled(_ report: RehearsalReport) async throws -> RehearsalReport {
        var report = report
        let due = openProcesses()
        if report.ended == .completed {
            let longest = site.load.flows.map(\.seconds).max() ?? 0
            let end = now.advanced(by: RehearsalLimits.settle + .seconds(RehearsalLimits.stageCount * longest))
            while !site.csa.isQuiet, now < end { try await Task.sleep(for: RehearsalLimits.lookInterval) }
        }
        let counts = traffic.counts
        report.orders = counts.orders
        report.fencedOrders = counts.fencedOrders
        report.refusedOrders = counts.refusedOrders
        if let refusal = counts.orderRefusal { report.notes.append("CSA refused an order: \(refusal)") }
        if counts.undecided > 0 { report.notes.append("\(counts.undecided) launches got no decision from the gate") }
        if counts.rejected > 0 { report.notes.append("\(counts.rejected) launches were rejected") }
        let numbers = site.csa.dump(part: "numbers")
        report.subscriptions = (numbers?["subscriptions"]?.asObject ?? [:]).compactMapValues {
            $0.asInteger.map(Int.init)
        }
        report.instances = (numbers?["instances"]?.asObject ?? [:]).compactMapValues { $0.asInteger.map(Int.init) }
        report.troubles = RehearsalReport.troubles(
            plan: options.plan, refusedOrders: report.refusedOrders, instances: report.instances,
            // Pools go on synchronising, so only what was there at the end has to be over.
            openProcesses: due.intersection(openProcesses()).sorted())
        report.held = try await held()
        report.ranCount = site.central.bodies.count
        for (key, what) in [(RehearsalSite.markInput, "launch"), ("CSA_PROCESS_ID", "process")] {
            report.ranTwice += site.central.bodyCounts(key: key).filter { $0.value > 1 }.keys.sorted()
                .prefix(RehearsalLimits.differenceCountMax).map { "\(what) \($0)" }
        }
        return report
    }

    /// Process instances that wait for the end of their flow.
    private func openProcesses() -> Set<String> {
        let rows = site.csa.dump(part: "work")?["processes"]?.asList ?? []
        return Set(
            rows.compactMap { row in
                guard !["COMPLETED", "ERROR", "CANCELED"].contains(row["state"]?.asText), row["launch"] != "none"
                else { return nil }
                return row["id"]?.asText
            })
    }

    private func held() async throws -> [RehearsalReport.Held] {
        var held: [LaunchSource: RehearsalReport.Held] = [:]
        var query = HoldQuery(limit: HoldQuery.limitMax)
        for _ in 0..<RehearsalLimits.holdPageCountMax {
            let page = try await site.service.engine.store.holds(query)
            for hold in page.holds {
                let source = hold.request.source
                var sum = held[source] ?? RehearsalReport.Held(source: source)
                sum.count += 1
                sum.states[hold.state, default: 0] += 1
                sum.longestSeconds = max(
                    sum.longestSeconds, hold.stateSince.since(hold.arrivedAt).components.seconds)
                held[source] = sum
            }
            guard let next = page.next else { break }
            query.after = next
        }
        return LaunchSource.allCases.compactMap { held[$0] }
    }
}
