import SluiceCore
import SluiceModel
import SluicePorts
import SluiceTestKit

/// Makes a site's holds from a seed: of every kind, in every state, coalesced as arrivals coalesce.
struct HoldWorld {
    private var random: SeededGenerator
    private let sealer: any Sealer
    private var now: Timestamp
    private var number: UInt64 = 0

    init(seed: UInt64, sealer: any Sealer, at now: Timestamp) {
        random = SeededGenerator(seed: seed)
        self.sealer = sealer
        self.now = now
    }

    private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

    /// The next change: an arrival, or something that happens to a hold.
    mutating func next(_ store: any Store) async throws -> [Change] {
        now = now.advanced(by: .seconds(Int.random(in: 0...5, using: &random)))
        if chance(70) { return try arrival() }
        let holds = try await store.holds(HoldQuery(limit: 1000)).holds
        guard let hold = holds.randomElement(using: &random),
            let happening = HoldHappening.allCases.filter({ $0 != .coalesced && $0 != .succeeded })
                .randomElement(using: &random),
            var move = HoldLife.move(hold, happening, at: now, by: .sluice, cause: "it happens")
        else { return [] }
        if happening == .intended {
            move.update.attempt = hold.attempt + 1
            move.update.passID = .fixture(number)
        }
        // In force for good: what a close made void the engine takes back by itself, at some time.
        if move.to == .released { move.update.releasedEpoch = Epoch(1_000_000) }
        if happening == .failedForNow { move.update.retryAt = now.advanced(by: .seconds(9)) }
        if happening == .ended { move.update.result = LaunchResult.allCases.randomElement(using: &random) }
        return HoldLife.changes(move, of: hold)
    }

    private mutating func arrival() throws -> [Change] {
        number += 1
        var request = LaunchRequest(
            flow: FlowID("f\(number % 3)"), source: LaunchSource.allCases.randomElement(using: &random) ?? .api)
        if chance(20) { request.launcher = .caller }
        if chance(20) { request.askID = AskID("ask-\(number)") }
        if chance(10) { request.runID = ExecutionID("\(number)") }
        if chance(20) { request.parentRunID = ExecutionID("1") }
        if chance(20) { request.csaInstanceID = CSAInstanceID("instance") }
        if chance(10) { request.csaProcessID = CSAProcessID("process") }
        if chance(30) { request.tenant = TenantID("tenant-\(number % 2)") }
        if chance(30) { request.orderingKey = OrderingKey("order-\(number % 3)") }
        if chance(50) { request.coalesceKey = CoalesceKey("pool-\(number % 3)") }
        if chance(30) { request.priority = Priority(Int.random(in: 0...9, using: &random)) ?? .ordinary }
        if chance(20) { request.notBefore = now.advanced(by: .seconds(60)) }
        if chance(20) { request.expiresAt = now.advanced(by: .seconds(86_400)) }
        if chance(30) { request.idempotencyKey = IdempotencyKey("key-\(number)") }
        if chance(20) {
            request.scheduleID = ScheduleID("s")
            request.nominalTime = now
            request.misfirePolicy = .latest
        }
        if chance(20) { request.callbackURL = CallbackURL("https://hooks.example/\(number)") }
        if chance(20) { request.pluginNotes = [PluginNote(plugin: "p", outcome: .annotated, text: "é \"quoted\"")] }
        if chance(20) { request.requestedBy = "DOMAIN\\user" }
        if chance(20) { request.onBehalfOf = "somebody" }
        if chance(20) { request.reportsEnd = true }
        if chance(30) { request.start = StartOptions(runName: "nightly", logLevel: "DEBUG", inputPromptUseBlank: true) }
        if chance(20) { request.flowPath = "Library/Nightly ‹ä›" }
        if chance(20) {
            request.flowMemory = FlowMemory(
                contentPack: "Pack", packRevision: 3, isGated: true, inputs: [])
        }
        if chance(60) { request.inputs.append(LaunchInput(name: "host", value: .clear("a\"b\\c\n\u{1F600}"))) }
        if chance(50) {
            let secret = Secret("secret \(number) ‹ü›\n")
            request.inputs.append(
                LaunchInput(name: "password", value: .sealed(try sealer.seal(secret, context: "password"))))
        }
        var hold = Hold(
            ticket: .fixture(number), request: request, principal: Principal("asker-\(number % 2)"),
            reason: .maintenance, epoch: Epoch(4), arrivedAt: now)
        hold.stateSince = now
        var changes: [Change] = [.addHold(hold)]
        if let key = request.coalesceKey, request.launcher == .sluice {
            changes.append(
                .coalesce(
                    Coalescing(
                        representative: hold.ticket, key: key, includesWaitedFor: false, at: now, by: hold.principal)))
        }
        return changes
    }
}
