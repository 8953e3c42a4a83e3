import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import SluiceJSON
import SluiceSandbox
import Synchronization

/// Who goes on all the time while a maintenance comes and goes: people who order in CSA while its doors are open, and
/// readers of the facade who look how CSA's launches stand.
final class SteadyCallers: Sendable {
    private let site: MaintenanceSite
    private let state = Mutex((orderCount: 0, lookCount: 0, troubles: [String](), isOver: false))

    init(_ site: MaintenanceSite) { self.site = site }

    var orderCount: Int { state.withLock { $0.orderCount } }
    var lookCount: Int { state.withLock { $0.lookCount } }
    /// What a reader was told that is no answer.
    var troubles: [String] { state.withLock { $0.troubles } }

    /// They go on while the body runs.
    func during(_ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [self] in while !isOver { try await order() } }
            group.addTask { [self] in while !isOver { try await look() } }
            defer { state.withLock { $0.isOver = true } }
            try await body()
            state.withLock { $0.isOver = true }
            try await group.waitForAll()
        }
    }

    private var isOver: Bool { state.withLock { $0.isOver } }

    /// One order, if the fence lets orders through.
    private func order() async throws {
        if try await site.throughFence("POST", "/csa/api/mpp/mpp-request/server") != 503 {
            let number = orderCount
            let offering = number.isMultiple(of: 2) ? "server" : "gated"
            try site.csa.place(
                CSABulkOrder(1, of: offering, by: number.isMultiple(of: 3) ? "ann" : "bob", in: "main"))
            state.withLock { $0.orderCount += 1 }
        }
        // People are not faster than the two cores that all of this runs on.
        try await Task.sleep(for: .milliseconds(700))
    }

    /// One look at the newest launches, by the ids that CSA was given: real ones and virtual ones.
    private func look() async throws {
        let launches = try site.csa.launches.asList ?? []
        let ids = launches.compactMap { $0["executionId"]?.asText }.suffix(10)
        guard !ids.isEmpty else { return try await Task.sleep(for: .milliseconds(100)) }
        var request = HTTPClientRequest(
            url: "\(site.url)/oo/rest/v2/executions/\(ids.joined(separator: ","))/summary")
        request.setBasicAuth(username: "csa", password: "csa")
        let trouble: String?
        do {
            let response = try await site.client.execute(request, timeout: .seconds(20))
            let body = try await response.body.collect(upTo: 1 << 20)
            let rows = try? JSONReader.read(Array(body.readableBytesView)).array
            trouble =
                response.status == .ok && rows?.count == ids.count
                ? nil : "\(ids.count) ids: \(response.status), \(String(buffer: body).prefix(1000))"
        } catch {
            trouble = "\(error)"
        }
        state.withLock { state in
            state.lookCount += 1
            if let trouble { state.troubles.append(trouble) }
        }
        try await Task.sleep(for: .milliseconds(200))
    }
}
