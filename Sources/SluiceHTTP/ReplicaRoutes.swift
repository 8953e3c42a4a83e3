import HTTPTypes
import Hummingbird
import SluiceEngine
import SluiceJSON
import SluiceModel

/// `GET /v1/replicas`: who shares the store, and who leads.
struct ReplicaRoutes: Sendable {
    let engine: Engine

    func add(to group: RouterGroup<SluiceRequestContext>) {
        group.get("replicas") { _, context in
            _ = try context.require(.gate)
            return try await list()
        }
    }

    private func list() async throws -> Response {
        let (seats, leader) = try await storing { try await engine.replicas() }
        var object = JSONObject([
            ("isShared", .bool(engine.seat != nil)), ("mayDecide", .bool(engine.mayDecide)),
            ("replicas", .array(seats.map { .object(Self.object($0)) })),
        ])
        if let leader {
            object["leader"] = .object(
                JSONObject([
                    ("name", leader.holder == nil ? .null : .string(leader.name)),
                    ("term", .number(JSONNumber(leader.term))), ("since", .time(leader.since)),
                ]))
        } else {
            object["leader"] = .null
        }
        return .json(.object(object))
    }

    private static func object(_ view: ReplicaView) -> JSONObject {
        let replica = view.replica
        return JSONObject([
            ("id", .string(replica.id.text)), ("name", .string(replica.name)), ("version", .string(replica.version)),
            ("seatedAt", .time(replica.seatedAt)), ("renewedAt", .time(replica.renewedAt)),
            ("confirmedEpoch", .number(JSONNumber(replica.confirmedEpoch.number))),
            ("inFlight", .number(JSONNumber(replica.inFlightCount))),
            ("leaseMilliseconds", .number(JSONNumber(replica.lease.wholeMilliseconds))),
            ("isLeader", .bool(view.isLeader)), ("isOwn", .bool(view.isOwn)),
        ])
    }
}
