import Foundation
import SluiceJSON

/// What tests with the real Quartz share.
enum QuartzBench {
    /// A site whose gate lets held launches go as fast as it can.
    static func site<Result>(policy: String = "all", _ body: (TestSite) async throws -> Result) async throws -> Result {
        let site = try await TestSite(settings: [
            "SLUICE_RELEASE_RATE_PER_MINUTE": "60000", "SLUICE_SCHEDULES_POLICY": policy,
        ])
        do {
            try await site.start()
            let result = try await body(site)
            await site.end()
            return result
        } catch {
            await site.end()
            throw error
        }
    }

    /// Properties of a job store in a PostgreSQL of its own.
    static func database(_ body: ([String: String]) async throws -> Void) async throws {
        let database = try await QuartzDatabase()
        do {
            try await body(database.store)
            await database.end()
        } catch {
            await database.end()
            throw error
        }
    }
}

extension TestSite {
    func waitForRuns(_ count: Int) async throws {
        try await until("\(count) runs, there are \(runs().count)", within: .seconds(60)) { runs().count >= count }
    }

    func waitForHeld(_ count: Int) async throws {
        try await until("\(count) held", within: .seconds(60)) { try await counts()["held", default: 0] >= count }
    }

    /// Every hold of schedulers in a state, in order of arrival.
    func scheduledHolds(in state: String) async throws -> [JSONObject] {
        try await scheduledHolds().filter { $0["state"]?.string == state }
    }

    func waitForHolds(_ count: Int, in state: String) async throws {
        try await until("\(count) \(state)", within: .seconds(60)) {
            try await scheduledHolds(in: state).count >= count
        }
    }

    /// A file that jobs wait for.
    var signal: URL { folder.appending(path: "signal") }

    func giveSignal() throws { try Data().write(to: signal) }
}
