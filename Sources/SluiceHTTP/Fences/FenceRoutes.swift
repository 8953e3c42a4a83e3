import HTTPTypes
import Hummingbird
import NIOCore
import SluiceCore
import SluiceEngine
import SluiceModel
import SluicePorts

/// `/v1/authorize` for reverse proxies, and `GET /v1/maintenance-page`.
///
/// Both need no token: they change nothing, keep nothing, and tell what every client of the fenced systems is told.
/// They are answered from memory.
struct FenceRoutes: Sendable {
    let board: FenceBoard
    let clocks: any Clocks
    /// How long a proxy may go by its last answer while Sluice is silent.
    let keepSeconds: Int

    /// Envoy asks with the method of the request it asks about.
    private static let methods: [HTTPRequest.Method] = [.get, .post, .put, .patch, .delete, .options]

    func add(to group: RouterGroup<SluiceRequestContext>) {
        for method in Self.methods {
            group.on("authorize", method: method) { request, _ in try authorize(request) }
        }
        group.get("maintenance-page") { request, _ in try page(request) }
    }

    private func authorize(_ request: Request) throws -> Response {
        let now = clocks.now().monotonic
        let standing = try standing(request) { board.answer(of: $0, at: now) }
        let question = try FenceQuestion(request, system: standing.system)
        let answer = question.answer(in: standing.state)
        var headers: HTTPFields = [.sluiceFence: standing.state.rawValue]
        headers[.cacheControl] =
            question.isGeneral ? "max-age=1, stale-if-error=\(keepSeconds)" : "no-store"
        guard case .refused(let refusal) = answer else { return Response(status: .noContent, headers: headers) }
        headers[.sluiceRefusal] = refusal.code
        let page = MaintenancePage(standing: standing, at: clocks.now().wall)
        return page.response(
            as: .preferred(by: request.headers), status: question.refusalStatus, headers: headers)
    }

    private func page(_ request: Request) throws -> Response {
        let standing = try standing(request) { board.standing(of: $0) }
        let parameters = request.uri.queryParameters
        let form: MaintenancePage.Form
        switch parameters["as"] {
        case nil: form = .preferred(by: request.headers)
        case "html": form = .html
        case "problem": form = .problem
        case .some(let other): throw Problem.badRequest("invalid-value", "as=\(other) must be html or problem")
        }
        let status: HTTPResponse.Status
        switch parameters["status"] {
        case nil, "503": status = .serviceUnavailable
        // HAProxy keeps no answer but a 200; it sets the status itself.
        case "200": status = .ok
        case .some(let other): throw Problem.badRequest("invalid-value", "status=\(other) must be 200 or 503")
        }
        // The page outlives Sluice: what it says is better than what a proxy knows.
        var headers: HTTPFields = [.cacheControl: "max-age=2, stale-if-error=86400"]
        if parameters["as"] == nil { headers[.vary] = "Accept" }
        headers[.sluiceFence] = standing.state.rawValue
        return MaintenancePage(standing: standing, at: clocks.now().wall)
            .response(as: form, status: status, headers: headers)
    }

    private func standing(_ request: Request, _ find: (FencedSystem) -> FenceStanding?) throws -> FenceStanding {
        let text = request.uri.queryParameters["system"].map { String($0) } ?? ""
        guard let system = FencedSystem(rawValue: text) else {
            let words = FencedSystem.allCases.map(\.rawValue).joined(separator: ", ")
            throw Problem.badRequest("invalid-value", "?system= must be one of \(words)")
        }
        guard let standing = find(system) else {
            throw Problem.unavailable("fence-unknown", "how the fences stand has not been read yet")
        }
        return standing
    }
}

extension HTTPField.Name {
    /// The state of the fence that an answer is about.
    static let sluiceFence = Self("Sluice-Fence")!
    /// Why a request is turned away: the door's name, `closed` or `unreadable`.
    static let sluiceRefusal = Self("Sluice-Refusal")!
}
