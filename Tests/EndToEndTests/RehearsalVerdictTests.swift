import SluiceJSON
import SluiceModel
import SluiceSandbox
import Testing

@testable import SluiceScenarios

/// When a rehearsal did not end well, without playing one.
@Suite struct RehearsalVerdictTests {
    private static func plan(
        _ mode: MaintenancePlan.CSAMode, _ systems: MaintenancePlan.Systems = .both, unpublishes: Bool = false
    ) -> MaintenancePlan {
        var plan = MaintenancePlan(
            title: "T", reason: "R", owner: "O", systems: systems, expectedEnd: Timestamp(milliseconds: 1_000_000))
        plan.csaMode = mode
        plan.unpublishesOfferings = unpublishes
        return plan
    }

    @Test("an order that CSA refuses is lost, unless the plan refuses orders")
    func judgesRefusals() {
        let cases: [(MaintenancePlan, Bool)] = [
            (Self.plan(.refuse), false), (Self.plan(.accept), true), (Self.plan(.accept, unpublishes: true), false),
            (Self.plan(.refuse, .ooOnly), true), (Self.plan(.accept, .csaOnly), true),
        ]
        for (plan, isTrouble) in cases {
            let troubles = RehearsalReport.troubles(plan: plan, refusedOrders: 2, instances: [:], openProcesses: [])
            #expect(troubles == (isTrouble ? ["CSA refused 2 orders, though the plan refuses none"] : []), "\(plan)")
            let none = RehearsalReport.troubles(plan: plan, refusedOrders: 0, instances: [:], openProcesses: [])
            #expect(none.isEmpty)
        }
    }

    @Test("what failed, what still runs and what never ended is named, and the rehearsal is not good")
    func judgesWork() {
        let troubles = RehearsalReport.troubles(
            plan: Self.plan(.refuse), refusedOrders: 1,
            instances: [
                "ACTIVE": 5, "RESERVED": 1, "CANCELLED": 1, "FAILED": 2, "MODIFY_FAILED": 1, "DEPLOYING": 3,
                "CANCEL_FAILED": 0,
            ], openProcesses: ["p1", "p2"])
        #expect(
            troubles == [
                "3 service instances are still DEPLOYING", "2 service instances are FAILED",
                "1 service instances are MODIFY_FAILED", "2 process instances of CSA never ended: p1, p2",
            ])
        var report = RehearsalReport(
            title: "T", systems: .both, from: Timestamp(milliseconds: 0), speed: 60, stepSeconds: 6, ended: .completed)
        #expect(report.isGood)
        report.troubles = troubles
        #expect(!report.isGood && report.isBack)
        #expect(report.lines[0].contains("BUT 2 service instances are FAILED"))
        #expect(report.json["troubles"]?.array?.count == 4 && report.json["good"] == false)
    }

    @Test("a policy that is left over is a difference, also that by which Sluice lets requests wait")
    func seesLeftOvers() {
        let row: LooseValue = [
            "id": "p", "name": "Sluice: requests wait for the end of a maintenance",
            "displayName": "Sluice: requests wait for the end of a maintenance",
        ]
        var differences: [String] = []
        RehearsalSnapshot.compare(["policies": []], ["policies": .list([row])], "", &differences)
        #expect(
            differences == [
                "/policies/Sluice: requests wait for the end of a maintenance is a row of 3 members, and was not there"
            ])
    }
}
