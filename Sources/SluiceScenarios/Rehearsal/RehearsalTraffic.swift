import SluiceEngine
import SluiceJSON
import SluiceModel
import SluiceSandbox
import Synchronization

/// Makes the load happen: people order, programs and schedules ask the gate, until it is cancelled.
///
/// Pools and Central's schedules are the stand-ins' own.
final class RehearsalTraffic: Sendable {
    /// What was tried, and what became of it.
    struct Counts: Hashable, Sendable {
        var orders = 0
        /// Turned away at the fence.
        var fencedOrders = 0
        /// Not taken by CSA, with the last reason.
        var refusedOrders = 0
        var orderRefusal: String?
        /// Launches that programs and schedule files asked for.
        var asked = 0
        var proceeded = 0
        var held = 0
        var rejected = 0
        /// The gate gave no decision.
        var undecided = 0
    }

    private let site: RehearsalSite
    private let client: DemoClient
    private let counted = Mutex(Counts())
    private let number = Atomic(0)

    init(site: RehearsalSite, client: DemoClient) {
        self.site = site
        self.client = client
    }

    var counts: Counts { counted.withLock { $0 } }

    /// Runs until the task is cancelled.
    func run() async {
        let load = site.load
        let count = load.orders.count + load.programs.count
        await withDiscardingTaskGroup { group in
            for (index, orders) in load.orders.enumerated() {
                group.addTask { [self] in
                    await repeatEvery(orders.every, index, of: count) { [self] in order(orders.offering) }
                }
            }
            for (index, program) in load.programs.enumerated() {
                group.addTask { [self] in
                    await repeatEvery(program.every, load.orders.count + index, of: count) { [self] in
                        await ask(flow: program.flow, source: program.source, by: program.name)
                    }
                }
            }
            group.addTask { [self] in
                for fire in site.fires {
                    guard (try? await site.time.wait(until: fire.at)) != nil else { return }
                    await ask(flow: fire.flow, source: .scheduler, by: fire.schedule, nominal: fire.at)
                }
            }
        }
    }

    /// Kinds of the same interval do not all come at once.
    private func repeatEvery(
        _ seconds: Int64, _ index: Int, of count: Int, _ body: @Sendable () async -> Void
    ) async {
        let every = Duration.seconds(seconds)
        var next = site.time.now.wall.advanced(by: every * (index + 1) / (count + 1))
        while (try? await site.time.wait(until: next)) != nil, !Task.isCancelled {
            await body()
            next = max(next.advanced(by: every), site.time.now.wall)
        }
    }

    // MARK: Orders

    private func order(_ offering: String) {
        counted.withLock { $0.orders += 1 }
        guard isOpen else { return counted.withLock { $0.fencedOrders += 1 } }
        do {
            try site.csa.place(CSABulkOrder(of: offering, by: RehearsalSite.person))
        } catch {
            counted.withLock { counts in
                counts.refusedOrders += 1
                counts.orderRefusal = "\(error)"
            }
        }
    }

    /// The portal's fence, and CSA's behind it, as `GET /v1/authorize` would answer for a new order.
    private var isOpen: Bool {
        let systems: [FencedSystem] = [.portal, .csa]
        return systems.allSatisfy { system in
            site.service.engine.fences.standing(of: system).map { $0.state == .open } ?? true
        }
    }

    // MARK: Launches

    private func ask(flow: String, source: LaunchSource, by name: String, nominal: Timestamp? = nil) async {
        let mark = "r\(number.add(1, ordering: .relaxed).newValue)"
        var body = JSONObject([
            ("flow", .string(flow)), ("source", .string(source.rawValue)), ("launcher", .string("sluice")),
            ("inputs", .object(JSONObject([(RehearsalSite.markInput, .string(mark))]))),
            ("requestedBy", .string(name)),
        ])
        if let nominal {
            body["scheduleId"] = .string(name)
            body["nominalTime"] = .string(nominal.rfc3339)
            body["idempotencyKey"] = .string("\(name)@\(nominal.rfc3339)")
        }
        counted.withLock { $0.asked += 1 }
        let answer = try? await client.ask(body)
        switch answer?.body["decision"]?.string {
        case "proceed":
            counted.withLock { $0.proceeded += 1 }
            var inputs = [RehearsalSite.markInput: mark]
            if let pass = answer?.body["pass"]?.string { inputs["sluicePass"] = pass }
            site.central.startInside(flow: flow, runName: name, inputs: inputs)
        case "hold": counted.withLock { $0.held += 1 }
        case "reject": counted.withLock { $0.rejected += 1 }
        default: counted.withLock { $0.undecided += 1 }
        }
    }
}
