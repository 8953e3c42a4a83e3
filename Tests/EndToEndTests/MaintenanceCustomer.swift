import Foundation
import NIOHTTP1
import SluiceJSON
import Synchronization

/// A person who orders through nginx, at the portal's address and at CSA's own.
final class MaintenanceCustomer: Sendable {
    enum Door: CaseIterable, Sendable {
        case portal, csa
    }

    /// What became of one order.
    enum Outcome: Hashable, Sendable {
        case taken, turnedAway
    }

    let site: MaintenanceSite
    private let token = Mutex("")
    private let outcomes = Mutex<[Outcome]>([])

    init(_ site: MaintenanceSite) { self.site = site }

    func count(_ outcome: Outcome) -> Int { outcomes.withLock { $0.count { $0 == outcome } } }

    private func base(_ door: Door) -> String {
        "http://127.0.0.1:\(door == .portal ? site.ports.portalFence : site.ports.csaFence)"
    }

    /// The identity service is open in each state of the fence.
    func logIn() async throws {
        let answer = try await site.exchange(
            "POST", "\(base(.csa))/idm-service/v2.0/tokens", as: ("idmTransportUser", "sandbox"),
            headers: [("Content-Type", "application/json")],
            body: #"{"passwordCredentials":{"username":"ann","password":"pw"},"tenantName":"CONSUMER"}"#)
        guard answer.status == 200, let id = answer.json?["token"]?["id"]?.string else {
            throw TestSiteError("no token: \(answer)")
        }
        token.withLock { $0 = id }
    }

    /// Orders a server. Whoever is turned away is told so as a person, or as a program, can read it.
    @discardableResult
    func order(at door: Door) async throws -> Outcome {
        let body = """
            --b\r\nContent-Disposition: form-data; name="requestForm"\r\n\r\n\
            {"action":"ORDER","categoryName":"CRM","subscriptionName":"by hand"}\r\n--b--\r\n
            """
        let answer = try await site.exchange(
            "POST", "\(base(door))\(MaintenanceSite.orderDoor)?catalogId=main",
            headers: [
                ("X-Auth-Token", token.withLock { $0 }), ("Content-Type", "multipart/form-data; boundary=b"),
                ("Accept", door == .portal ? "text/html,*/*" : "application/json"),
            ], body: body)
        let outcome: Outcome
        switch answer.status {
        case 200: outcome = .taken
        case 503:
            let type = answer.headers.first(name: "Content-Type") ?? ""
            let isTold =
                door == .portal
                ? type.hasPrefix("text/html") && answer.text.contains("<h1>Maintenance</h1>")
                : type.hasPrefix("application/problem+json") && answer.json?["title"] == "In maintenance"
            guard isTold, answer.headers.first(name: "Retry-After") != nil else {
                throw TestSiteError("turned away without a word: \(answer)")
            }
            outcome = .turnedAway
        default: throw TestSiteError("neither taken nor turned away: \(answer)")
        }
        outcomes.withLock { $0.append(outcome) }
        return outcome
    }
}
