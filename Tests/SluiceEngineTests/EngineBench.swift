import Logging
import SluiceCore
import SluiceEngine
import SluiceModel
import SluicePorts
import SluiceSealing
import SluiceTestKit
import Testing

/// The engine between fakes: what `Bench` of the HTTP tests is, without HTTP.
struct EngineBench: Sendable {
    let store: InMemoryStore
    let clocks: ManualClocks
    let central: FakeCentral
    let sealer: AESSealer
    let engine: Engine
    let firesSchedules: Bool

    /// What a test may ask for; the parts that survive a restart are here.
    struct Setup: Sendable {
        var mode = GateMode.open
        var store = InMemoryStore()
        /// The way to it, where a test slows that down.
        var link: StoreLink?
        var clocks: ManualClocks
        var central: FakeCentral
        var sealer = AESSealer(MasterKey())
        var inventory = Inventory()
        /// Whether Central's enabled schedules fire as the clock moves.
        var firesSchedules = false
        var gate = GatePolicy()
        var release = ReleasePolicy(ratePerMinute: 6000)
        var adjust: @Sendable (inout EngineConfiguration) -> Void = { _ in }
        var csa: CSASite?

        init(mode: GateMode = .open) {
            self.mode = mode
            let clocks = ManualClocks()
            self.clocks = clocks
            central = FakeCentral(now: { clocks.now().wall })
        }
    }

    struct Overdue: Error {}

    /// A flow that asks the gate as its first step.
    static let gated = KnownFlow(
        id: FlowID("gated.flow"), name: "Gated", path: "Library/Gated", contentPack: "Pack", isGated: true, inputs: [])

    /// Runs the engine's services around a test, then stops them as a crash would.
    static func run(_ setup: Setup, _ body: @Sendable (EngineBench) async throws -> Void) async throws {
        var configuration = EngineConfiguration(
            gate: setup.gate, release: setup.release, initialMode: setup.mode)
        setup.adjust(&configuration)
        let engine = try await Engine.make(
            configuration: configuration,
            store: setup.link ?? setup.store, central: setup.central, sealer: setup.sealer, inventory: setup.inventory,
            clocks: setup.clocks, random: SystemRandomSource(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, csa: setup.csa)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await lasts { try await engine.gatekeeper.run() } }
            group.addTask { await lasts { try await engine.releaser.run() } }
            group.addTask { await lasts { try await engine.monitor.run() } }
            if let freezer = engine.freezer { group.addTask { await lasts { try await freezer.run() } } }
            group.addTask { await lasts { try await engine.sources.run() } }
            group.addTask { await lasts { try await engine.drains.run() } }
            if let keeper = engine.keeper { group.addTask { await lasts { try await keeper.run() } } }
            defer { group.cancelAll() }
            try await body(
                EngineBench(
                    store: setup.store, clocks: setup.clocks, central: setup.central, sealer: setup.sealer,
                    engine: engine, firesSchedules: setup.firesSchedules))
        }
    }

    /// A service that ends before its test would let it wait for ever: it fails the test instead.
    static func lasts(_ run: () async throws -> Void) async {
        var cause = "it returned"
        do { try await run() } catch { cause = "\(error)" }
        if !Task.isCancelled { Issue.record("a service of the engine ended: \(cause)") }
    }

    /// Asks as the HTTP side does.
    func ask(_ request: LaunchRequest, by principal: Principal = .fixture) async throws -> Answer {
        let prepared = try engine.intake.prepare(
            request, ref: Ask.Ref(engine.gatekeeper.nextRef()), principal: principal, sensitiveInputs: [])
        guard case .decided(let answer) = await engine.gatekeeper.ask(prepared.ask) else { throw Overdue() }
        return answer
    }

    /// Has a launch held; the gate must be closed for it.
    func hold(_ request: LaunchRequest = .fixture()) async throws -> Ticket {
        guard let hold = try await ask(request).hold else { throw Overdue() }
        return hold.ticket
    }

    @discardableResult
    func set(_ mode: GateMode?, scope: Scope? = nil, reason: String = "a test") async throws -> GateRecord {
        let change = ModeChange(
            ref: ModeChange.Ref(engine.gatekeeper.nextRef()), scope: scope, mode: mode, by: Principal("ann"),
            reason: reason)
        guard case .changed(let record) = await engine.gatekeeper.change(change) else { throw Overdue() }
        return record
    }

    func state(_ ticket: Ticket) async throws -> HoldState? { try await store.hold(ticket)?.state }

    func cause(_ ticket: Ticket) async throws -> String { try await store.hold(ticket)?.cause ?? "" }

    /// Moves the clock on in steps until something is so; a limit in time makes a hang a failure, not a busy machine.
    func advance(by step: Duration = .milliseconds(250), until isSo: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now.advanced(by: hangLimit)
        while try await !isSo() {
            guard ContinuousClock.now < deadline else { throw Overdue() }
            move(by: step)
            await settle()
        }
    }

    /// Moves the clock on by a whole span in steps, letting everybody act between them.
    func advance(by span: Duration, step: Duration) async {
        var left = span
        while left > .zero {
            move(by: min(step, left))
            left -= step
            await settle()
        }
    }

    private func move(by step: Duration) {
        clocks.advance(by: step)
        if firesSchedules { central.fireDue() }
    }

    /// Lets whoever was woken run: the clock does not go on before each of them has its turn.
    func settle() async {
        let deadline = ContinuousClock.now.advanced(by: hangLimit)
        repeat { await letOthersRun(turns: 50) } while clocks.wakingCount > 0 && ContinuousClock.now < deadline
    }

    /// Makes each execution of Central ask the gate with its pass, as a gate step does, and end at once.
    func installGateStep(onAdmitted: @escaping @Sendable (LaunchOrder) -> FakeCentral.Ending?) {
        central.setOnStart { order, id in
            var request = LaunchRequest(flow: order.flow, source: .flow)
            request.askID = AskID("ask-\(id)")
            request.runID = id
            request.pass = (order.pass).map { Secret($0) }
            guard let answer = try? await ask(request) else {
                return FakeCentral.Ending(.completed, resultType: "NO_ACTION_TAKEN", resultName: "unreachable")
            }
            guard answer.decision.isProceed else {
                return FakeCentral.Ending(.completed, resultType: "NO_ACTION_TAKEN", resultName: "rejected")
            }
            return onAdmitted(order)
        }
    }
}

extension LaunchOrder {
    /// The pass among its inputs.
    var pass: String? {
        for input in inputs where input.name == "sluicePass" {
            if case .secret(let secret) = input.value { return secret.exposed }
        }
        return nil
    }
}
