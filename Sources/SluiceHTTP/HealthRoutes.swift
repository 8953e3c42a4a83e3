import Hummingbird
import NIOCore
import SluiceEngine
import SluiceJSON
import SluicePorts

/// `/livez`, `/readyz`, `/metrics`: need no token, tell nothing secret. Being in maintenance is not unready.
struct HealthRoutes: Sendable {
    let engine: Engine
    let metrics: HTTPMetrics

    func add(to router: Router<SluiceRequestContext>) {
        router.get("livez") { _, _ in Response.json(.object(JSONObject([("status", .string("ok"))]))) }
        router.get("readyz") { _, _ in
            guard engine.monitor.isStoreUsable else {
                throw Problem.unavailable("store-unavailable", "the store cannot be written")
            }
            guard engine.mayDecide else {
                throw Problem.unavailable(
                    "no-lease", "this replica has no lease: it has not reached the store in time, or is joining")
            }
            _ = try await storing { try await engine.store.gate() }
            return Response.json(.object(JSONObject([("status", .string("ok"))])))
        }
        router.get("metrics") { _, _ in
            let text = try await storing { try await metrics.render(engine) }
            return Response(
                status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
                body: .init(byteBuffer: ByteBuffer(string: text)))
        }
    }
}
