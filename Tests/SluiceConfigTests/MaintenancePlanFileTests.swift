import SluiceConfig
import SluiceModel
import Testing

/// A plan in a file.
@Suite struct MaintenancePlanFileTests {
    private static func read(_ more: String) -> (plan: MaintenancePlan?, diagnostics: [Diagnostic]) {
        MaintenancePlanFile.read(
            "title: Upgrade\nowner: the night shift\nsystems: oo\nexpectedEnd: 2026-12-06T02:00:00Z\n\(more)\n",
            file: "plan.yaml", seconds: { _ in nil })
    }

    @Test("R6 a plan may name the window that it starts with")
    func namesAWindow() throws {
        let plan = try #require(Self.read("window: w_01M8DMHH6GDF9V9C9M6HTR8H5H").plan)
        #expect(plan.window == WindowID("w_01M8DMHH6GDF9V9C9M6HTR8H5H") && plan.startsAt == nil)
        #expect(try #require(Self.read("").plan).window == nil)
    }

    @Test("what is no window is refused by its line")
    func refusesOthers() {
        let wrong = Self.read("window: \"\"")
        #expect(wrong.plan == nil && wrong.diagnostics.first?.line == 5, "\(wrong.diagnostics)")
        #expect(Self.read("windw: w_1").diagnostics.first?.message.contains("did you mean \"window\"") == true)
    }
}
