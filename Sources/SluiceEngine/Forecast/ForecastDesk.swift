import SluiceCore
public import SluiceForecast
public import SluiceModel
import SluicePorts

/// Answers what a window would hold and where a quiet one lies, for the schedules that this Sluice knows.
public struct ForecastDesk: Sendable {
    public let shelf: ScheduleShelf
    public let durations: DurationLibrary
    let windows: WindowKeeper
    let packs: PackShelf
    let clocks: any Clocks
    let gate: @Sendable () -> GateRecord
    let policy: GatePolicy
    let releases: ReleaseDesk

    /// What is closed, and how.
    public struct Closing: Hashable, Sendable {
        /// nil: the gate as it is now.
        public var mode: GateMode?
        /// nil: the whole gate.
        public var scope: Scope?
        /// Whether Central's schedules are disabled meanwhile, those that launch what is closed: as a maintenance does.
        public var freezes: Bool

        public init(mode: GateMode? = .hold, scope: Scope? = nil, freezes: Bool = false) {
            self.mode = mode
            self.scope = scope
            self.freezes = freezes
        }

        /// Whether a schedule is disabled; of a pack's flows only those that are known.
        func freezes(_ schedule: PlannedSchedule, _ inventory: Inventory) -> Bool {
            guard freezes, schedule.origin == .central, schedule.isEnabled else { return false }
            let known = schedule.flow.flatMap { inventory[$0] }
            switch scope {
            case nil, .source(.scheduler): return true
            case .flow(let flow): return schedule.flow == flow
            case .path(let glob): return (schedule.flowPath ?? known?.path).map(glob.matches) ?? false
            case .contentPack(let name): return known?.contentPack == name
            case .source, .tenant: return false
            }
        }
    }

    /// A forecast with what could not be taken into account, in sentences.
    public struct Answer<Result: Sendable>: Sendable {
        public var result: Result
        public var troubles: [String]
    }

    /// As whom schedules ask in a forecast: an allow rule with a requester of another name does not let them through.
    public static let principal = Principal("scheduler")

    /// What a window would hold, by the gate's rules and the release's rate and ceiling.
    ///
    /// Takes up to a second of computing for ten thousand schedules, away from the caller's thread.
    public func forecast(
        window: Range<Timestamp>, closing: Closing, adjust: @Sendable (inout Forecast.Query) -> Void = { _ in }
    ) async -> Answer<Forecast> {
        var inputs = await inputs(closing)
        var release = releases.settings
        do { release = try await releases.recordInForce().settings } catch {
            inputs.troubles.append("the release's settings cannot be read, those of the configuration stand: \(error)")
        }
        var query = Forecast.Query(
            window: window, now: inputs.now, ratePerMinute: release.ratePerMinute, ceiling: release.ceiling)
        // A span that is past says nothing about what runs now.
        if !Forecast.isPast(window.lowerBound, at: inputs.now) { query.running = inputs.durations.running }
        adjust(&query)
        let asked = query
        let result = await Self.computed { [inputs] in
            var history = inputs.durations.history
            return Forecast(inputs.schedules, query: asked, outlook: inputs.outlook, history: &history)
        }
        return Answer(result: result, troubles: inputs.troubles)
    }

    /// The best windows of a length within a horizon; none touches a blackout of `windows` for what is closed.
    /// - Throws: `StoreError` when the blackouts cannot be read.
    public func quiet(_ query: QuietSearch.Query, closing: Closing) async throws -> Answer<QuietSearch> {
        let blackouts = try await windows.blackouts(over: closing.scope, in: query.horizon)
        let inputs = await inputs(closing)
        var troubles = inputs.troubles
        if blackouts.isCut {
            troubles.append(
                "there are more than \(ForecastLimits.blackoutCountMax) occurrences of windows in the horizon: not "
                    + "every blackout is heeded; look less far ahead")
        }
        var query = query
        query.blackouts += blackouts.blackouts
        query.running = Forecast.isPast(query.horizon.lowerBound, at: inputs.now) ? nil : inputs.durations.running
        query.now = inputs.now
        let asked = query
        let result = await Self.computed {
            var history = inputs.durations.history
            return QuietSearch(inputs.schedules, query: asked, outlook: inputs.outlook, history: &history)
        }
        return Answer(result: result, troubles: troubles)
    }

    private struct Inputs: Sendable {
        var schedules: [PlannedSchedule]
        var durations: DurationLibrary.Content
        var outlook: GateOutlook
        var troubles: [String]
        var now: Timestamp
    }

    private func inputs(_ closing: Closing) async -> Inputs {
        let content = await shelf.content()
        let durations = await durations.content()
        let now = clocks.now().wall
        let outlook = GateOutlook(
            gate: gate(), policy: policy, inventory: packs.inventory, mode: closing.mode, scope: closing.scope,
            principal: Self.principal, at: now)
        let inventory = packs.inventory
        let schedules = content.schedules.map { schedule in
            var schedule = schedule
            if closing.freezes(schedule, inventory) { schedule.isFrozen = true }
            return schedule
        }
        return Inputs(
            schedules: schedules, durations: durations, outlook: outlook,
            troubles: content.troubles + durations.troubles, now: now)
    }

    /// Away from the caller's thread.
    private static func computed<Result: Sendable>(_ work: @escaping @Sendable () -> Result) async -> Result {
        // why: a second of computing must not stand in the way of the gate's answers, which share the caller's thread.
        await Task.detached(priority: .utility) { work() }.value
    }
}
