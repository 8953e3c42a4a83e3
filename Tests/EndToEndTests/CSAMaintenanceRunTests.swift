import SluiceJSON
import SluiceModel
import SluiceSandbox
import Synchronization
import Testing

/// A busy CSA and OO through a whole maintenance: the real service with its facade, the real nginx with its fence,
/// stand-ins of both systems.
///
/// Orders come through nginx, CSA's launches go through the facade, and what flows report to CSA goes through nginx.
@Suite(.timeLimit(.minutes(6)), .serialized)
struct CSAMaintenanceRunTests {
    /// What the outside does all the time, and what it met with, by phase.
    private final class Traffic: Sendable {
        struct Met: Sendable {
            var rounds = 0
            var taken = 0
            var turnedAway = 0
            var held = 0
            var refused = 0
            var started = 0
        }

        let business: MaintenanceBusiness
        let customer: MaintenanceCustomer
        private let met = Mutex<[MaintenancePhase: Met]>([:])

        init(_ site: MaintenanceSite) {
            business = MaintenanceBusiness(site)
            customer = MaintenanceCustomer(site)
        }

        subscript(phase: MaintenancePhase) -> Met { met.withLock { $0[phase] ?? Met() } }

        /// One of everything.
        func round(in phase: MaintenancePhase) async throws {
            var new = self[phase]
            new.rounds += 1
            let name = "\(phase.rawValue)-\(new.rounds)"
            for door in MaintenanceCustomer.Door.allCases {
                switch try await customer.order(at: door) {
                case .taken: new.taken += 1
                case .turnedAway: new.turnedAway += 1
                }
            }
            try await business.ask("asked-\(name)")
            // Every other one starts a flow that asks the gate itself, too.
            let flow = new.rounds.isMultiple(of: 2) ? MaintenanceSite.nightly : MaintenanceSite.report
            let patient = try await business.launchPatiently("patient-\(name)", flow: flow)
            new.held += patient.isHeld ? 1 : 0
            for throughFence in [false, true] {
                let impatient = try await business.launchImpatiently(
                    "impatient-\(throughFence)-\(name)", throughFence: throughFence)
                if impatient.execution == nil { new.refused += 1 } else { new.started += 1 }
            }
            met.withLock { [new] in $0[phase] = new }
        }

        /// A few rounds in each phase, until one is reached.
        func go(until last: MaintenancePhase, roundCountMax: Int = 8) async throws {
            let site = business.site
            while true {
                let phase = MaintenancePhase(rawValue: try await site.phase()) ?? .planned
                if self[phase].rounds < roundCountMax { try await round(in: phase) }
                if phase == last, self[phase].rounds >= 2 { return }
                if self[phase].rounds >= roundCountMax {
                    try await site.until("a phase after \(phase)", within: .seconds(240)) {
                        try await site.phase() != phase.rawValue
                    }
                }
            }
        }
    }

    /// Nothing new runs while the gate is closed; only what continues what ran.
    /// - Parameter children: Orders of launches that continued a running execution.
    private func checkClosed(_ site: MaintenanceSite, children: Set<String> = []) async throws {
        let history = try await site.history()
        func time(_ phase: MaintenancePhase) throws -> Int64 {
            try #require(history.first { $0.phase == phase }, "\(phase.rawValue)").at.milliseconds
        }
        let events = try await site.get("/v1/audit?limit=1000").body["events"]?.array ?? []
        let closings = events.filter {
            $0["kind"]?.string == "gate-changed" && $0["cause"]?.string?.contains("whole gate hold") == true
        }
        let closed = try #require(closings.first.flatMap { Timestamp(rfc3339: $0["at"]?.string ?? "") })
        // What was let through right before may still be sent for this long (product.md, "Closed means closed").
        let closedAt = closed.milliseconds + 2000
        let spans = [
            ("closing-oo", closedAt, try time(.drainingOO)),
            ("draining-oo", max(closedAt, try time(.drainingOO)), try time(.quiesced)),
            ("quiesced", try time(.quiesced), try time(.verifying)),
            ("verifying", try time(.verifying), try time(.reopening)),
        ]
        for (name, start, end) in spans {
            #expect(start < end, "\(name) lasted long enough to tell")
            let new = try site.bodies(from: start, to: end).filter { !children.contains($0.inputs["order"] ?? "") }
            #expect(new.isEmpty, "nothing new runs in \(name): \(new.prefix(3))")
        }
        // No synchronisation and no instance that CSA had not begun before, from when CSA's launches were closed.
        let first = try time(.drainingCSA) + 2000
        let ofPools = try site.bodies(from: first, to: try time(.reopening)).filter {
            $0.inputs["CSA_CONTEXT_ID"] == "pool"
        }
        #expect(ofPools.isEmpty, "\(ofPools.prefix(3))")
    }

    @Test("R5 R6 R7 R10 R13 R31 200 orders, syncs, schedules and programs through a whole maintenance")
    func goesItsCourse() async throws {
        try await MaintenanceSite.with(stepMilliseconds: 200) { site in
            let (traffic, brakes) = (Traffic(site), MaintenanceBrakes(site))
            let (business, customer) = (traffic.business, traffic.customer)
            try business.begin()
            try await site.start()
            try await site.startFence()
            try await customer.logIn()
            let before = try site.picture()
            for _ in 0..<10 { for door in MaintenanceCustomer.Door.allCases { try await customer.order(at: door) } }
            #expect(customer.count(.taken) == 20)
            // It keeps OO from being dry; what it starts continues it.
            let parent = try await business.launchPatiently("parent", flow: MaintenanceSite.long)
            #expect(!parent.isHeld)
            try await brakes.arm(.closingOO)
            try await site.plan()
            try site.order(["server": 70, "gated": 30, "checked": 20])
            try await site.move("start", [("acceptWarnings", true)])
            async let going: Void = traffic.go(until: .quiesced)
            try await site.wait(for: .closingCSA)
            try await site.until("CSA's doors are closed", within: .seconds(60)) {
                try await site.throughFence("POST", MaintenanceSite.orderDoor) == 503
            }
            #expect(try await site.throughFence("GET", "/csa/rest/catalog") != 503, "reading is open")
            try await brakes.reached(.closingOO)
            try await brakes.release(.closingOO)
            try await site.wait(for: .drainingOO)
            let child = try await business.ask("child", continuing: parent.execution)
            #expect(child.body["decision"] == "proceed" && child.body["reason"]?["code"] == "continuation", "\(child)")
            try await site.until("the outside is done with this phase", within: .seconds(60)) {
                traffic[.drainingOO].rounds >= 4
            }
            #expect(try await site.phase() == "draining-oo", "an execution still runs")
            try await brakes.cancel(parent.execution ?? "")
            try await site.wait(for: .quiesced)
            try await going
            #expect(try site.central.bodies.count { $0.endedAt == nil && $0.flowID != MaintenanceSite.long } == 0)
            let orders = 120 + Int64(customer.count(.taken))
            #expect(try site.number("instances", "ACTIVE") == orders, "no order was lost on the way")
            // nginx may keep an answer for a second.
            try await site.until("CSA is closed for everybody", within: .seconds(60)) {
                try await site.throughFence("GET", "/csa/rest/catalog") == 503
            }
            #expect(try await site.throughFence("POST", "/oo/rest/v2/deployments", toCentral: true) == 503)
            // The upgrade.
            await site.stopCSA()
            await site.stopCentral()
            try await business.ask("asked-while-down")
            let held = try #require(business.launches.first { $0.isHeld })
            #expect(try await business.status(of: held) == "RUNNING", "its launcher waits on, Central or not")
            try await site.startCentral()
            try await site.startCSA()
            let resumed = try await site.program("maintenance", "resume", "--reason", "it is up")
            #expect(resumed.status == 0, "\(resumed.errors)")
            try await site.wait(for: .completed)
            #expect(try site.picture() == before, "everything is as it was")
            try await customer.logIn()
            try await site.until("CSA's doors are open", within: .seconds(60)) {
                try await customer.order(at: .portal) == .taken
            }
            let left = 200 - 120 - customer.count(.taken)
            #expect(left > 0, "some were turned away, and come now")
            for _ in 0..<max(0, left) { #expect(try await customer.order(at: .csa) == .taken) }
            try await site.checkLaunches(business, orders: 200)
            try await checkClosed(site, children: ["child"])
            for launch in business.launches where launch.name != "parent" {
                #expect(try await business.status(of: launch) == "COMPLETED", "\(launch)")
            }
            for phase in [MaintenancePhase.drainingCSA, .closingOO, .drainingOO, .quiesced] {
                let met = traffic[phase]
                #expect(met.turnedAway > 0 && met.taken == 0, "\(phase): \(met)")
            }
            for phase in [MaintenancePhase.drainingOO, .quiesced] {
                let met = traffic[phase]
                #expect(met.held == met.rounds && met.started == 0 && met.refused == met.rounds * 2, "\(phase): \(met)")
            }
        }
    }

    @Test("R7 R8 R31 orders that are taken while CSA drains wait, and go on when it is over")
    func acceptsOrders() async throws {
        try await MaintenanceSite.with(stepMilliseconds: 200) { site in
            let (traffic, brakes) = (Traffic(site), MaintenanceBrakes(site))
            try traffic.business.begin()
            try await site.start()
            try await site.startFence()
            try await traffic.customer.logIn()
            let before = try site.picture()
            try site.order(["server": 6, "gated": 4, "checked": 2])
            for phase in [MaintenancePhase.drainingCSA, .closingOO, .drainingOO] { try await brakes.arm(phase) }
            try site.order(["server": 4])
            try await site.plan("csaMode: accept")
            try await site.move("start", [("acceptWarnings", true)])
            async let going: Void = traffic.go(until: .quiesced, roundCountMax: 3)
            try await brakes.reached(.drainingCSA)
            let begun = 16 + traffic.customer.count(.taken)
            try await site.until("orders come while CSA drains", within: .seconds(60)) {
                traffic[.drainingCSA].rounds >= 3
            }
            #expect(traffic[.drainingCSA].taken == 6 && traffic[.drainingCSA].turnedAway == 0)
            let parked = try site.number("requests", "PENDING_APPROVAL")
            #expect(parked >= 5, "they are taken, and wait for an approval: \(parked)")
            try await brakes.release(.drainingCSA)
            try await brakes.reached(.drainingOO)
            try await site.until("orders come while OO drains", within: .seconds(60)) {
                traffic[.drainingOO].rounds >= 3
            }
            try await brakes.release(.drainingOO)
            try await site.wait(for: .quiesced)
            try await going
            #expect(traffic[.quiesced].turnedAway > 0 && traffic[.quiesced].taken == 0, "its doors are shut by now")
            let orders = 16 + traffic.customer.count(.taken)
            let waiting = try Int(site.number("requests", "PENDING_APPROVAL"))
            let active = try Int(site.number("instances", "ACTIVE"))
            #expect(waiting + active == orders && active <= begun, "\(waiting), \(active) of \(orders)")
            try await site.move("resume")
            try await site.wait(for: .completed)
            #expect(try site.picture() == before, "everything is as it was")
            try await site.checkLaunches(traffic.business, orders: Int64(orders))
            try await checkClosed(site)
        }
    }
}
