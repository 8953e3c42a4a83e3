public import SluiceModel

/// What happens at a site while its maintenance is rehearsed: orders, synchronisations, schedules, programs.
public struct RehearsalLoad: Hashable, Sendable {
    /// A flow as the stand-in's Central has it.
    public struct Flow: Hashable, Sendable {
        public var id: String
        public var name: String
        /// How long it runs.
        public var seconds: Int64
        /// Whether its first step asks the gate.
        public var isGated: Bool
    }

    /// Something that CSA's consumers order.
    public struct Offering: Hashable, Sendable {
        public var name: String
        /// Flow id by stage of the lifecycle.
        public var flows: [String: String]

        /// Stages that may have a flow.
        public static let stages = ["initialize", "reserve", "deploy"]
    }

    /// Orders of one offering.
    public struct Orders: Hashable, Sendable {
        public var offering: String
        public var every: Int64
    }

    /// A resource pool of CSA.
    public struct Pool: Hashable, Sendable {
        public var name: String
        public var flow: String
        public var every: Int64
    }

    /// A schedule of Central.
    public struct Schedule: Hashable, Sendable {
        public var name: String
        public var flow: String
        public var beat: Beat

        public enum Beat: Hashable, Sendable {
            case every(Int64)
            /// Six fields, UTC.
            case cron(String)
        }
    }

    /// Somebody outside who launches a flow again and again, by asking the gate.
    public struct Program: Hashable, Sendable {
        public var name: String
        public var flow: String
        public var every: Int64
        public var source: LaunchSource
    }

    public var flows: [Flow] = []
    public var offerings: [Offering] = []
    public var orders: [Orders] = []
    public var pools: [Pool] = []
    public var schedules: [Schedule] = []
    public var programs: [Program] = []

    public init() {}

    /// A site of middle size: an order every 86 s, two pools, two schedules, three programs.
    public static let standard: RehearsalLoad = {
        var load = RehearsalLoad()
        func flow(_ number: Int, _ name: String, _ seconds: Int64, isGated: Bool = true) -> Flow {
            Flow(id: "5a1e1000-0000-4000-8000-00000000000\(number)", name: name, seconds: seconds, isGated: isGated)
        }
        load.flows = [
            flow(1, "Check Order", 20), flow(2, "Reserve Resources", 60), flow(3, "Deploy Server", 240),
            flow(4, "Deploy Database", 420), flow(5, "Synchronize Pool", 90), flow(6, "Usage Report", 60),
            flow(7, "Nightly Backup", 600), flow(8, "Refresh Inventory", 45),
            flow(9, "Restart Service", 30, isGated: false),
        ]
        let ids = load.flows.map(\.id)
        load.offerings = [
            Offering(name: "Server", flows: ["initialize": ids[0], "reserve": ids[1], "deploy": ids[2]]),
            Offering(name: "Database", flows: ["initialize": ids[0], "reserve": ids[1], "deploy": ids[3]]),
        ]
        load.orders = [Orders(offering: "Server", every: 120), Orders(offering: "Database", every: 300)]
        load.pools = [
            Pool(name: "Pool A", flow: ids[4], every: 600), Pool(name: "Pool B", flow: ids[4], every: 900),
        ]
        load.schedules = [
            Schedule(name: "Usage Report", flow: ids[5], beat: .every(600)),
            Schedule(name: "Backup", flow: ids[6], beat: .cron("0 15 * * * ?")),
        ]
        load.programs = [
            Program(name: "Inventory", flow: ids[7], every: 60, source: .api),
            Program(name: "Operators", flow: ids[8], every: 180, source: .ui),
            Program(name: "Cron", flow: ids[5], every: 240, source: .scheduler),
        ]
        return load
    }()

    /// The same, so many times as dense. Cron expressions stay as they are.
    public func scaled(by scale: Double) -> RehearsalLoad {
        func scaled(_ every: Int64) -> Int64 {
            let range = RehearsalLimits.intervalSeconds
            return min(max(Int64((Double(every) / scale).rounded()), range.lowerBound), range.upperBound)
        }
        var load = self
        for index in orders.indices { load.orders[index].every = scaled(orders[index].every) }
        for index in pools.indices { load.pools[index].every = scaled(pools[index].every) }
        for index in programs.indices { load.programs[index].every = scaled(programs[index].every) }
        for index in schedules.indices {
            if case .every(let every) = schedules[index].beat { load.schedules[index].beat = .every(scaled(every)) }
        }
        return load
    }

    /// Launches a second of the load's own time, those of cron expressions not among them.
    public var launchesPerSecond: Double {
        var rate = 0.0
        for entry in orders {
            let stages = offerings.first { $0.name == entry.offering }?.flows.count ?? 0
            rate += Double(1 + stages) / Double(entry.every)
        }
        rate += pools.reduce(0) { $0 + 1 / Double($1.every) }
        rate += programs.reduce(0) { $0 + 1 / Double($1.every) }
        for schedule in schedules {
            if case .every(let every) = schedule.beat { rate += 1 / Double(every) }
        }
        return rate
    }

    /// Takes flows of content packs in: a flow that the load names already keeps its duration, the others run as long
    /// as is said, and the first of the gated ones, or of all, are launched by programs in place of the built-in's.
    mutating func take(_ packFlows: [KnownFlow], seconds: Int64, replacesPrograms: Bool) {
        let known = Set(flows.map(\.id))
        for flow in packFlows {
            if let index = flows.firstIndex(where: { $0.id == flow.id.text }), known.contains(flow.id.text) {
                flows[index].isGated = flow.isGated
            } else {
                flows.append(Flow(id: flow.id.text, name: flow.name, seconds: seconds, isGated: flow.isGated))
            }
        }
        guard replacesPrograms, !packFlows.isEmpty else { return }
        let gated = packFlows.filter(\.isGated)
        let launched = (gated.isEmpty ? packFlows : gated).prefix(RehearsalLimits.packFlowCountMax)
        programs = launched.map { flow in
            Program(name: flow.name, flow: flow.id.text, every: Int64(60 * launched.count), source: .api)
        }
    }
}
