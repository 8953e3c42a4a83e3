import Foundation
import SluiceTestServers
import Testing

/// What happens to one of several replicas.
enum ReplicaFault: String, CaseIterable, CustomTestStringConvertible {
    case none = "all are healthy"
    case stopped = "one is under SIGSTOP"
    case cut = "one's connections to the database are cut"
    case frozen = "one's connections to the database are frozen"
    case unheard = "what one sends to the database is frozen"
    case deaf = "what the database sends to one is frozen"
    case delayed = "what one and the database say is delayed for longer than a lease"
    case killed = "one is killed, and started again in the middle"

    var testDescription: String { rawValue }

    func begin(on replica: ReplicaSite.Replica) {
        switch self {
        case .none: break
        case .stopped: replica.process.signal(SIGSTOP)
        case .cut: replica.relay.cut()
        case .frozen: replica.relay.set(.frozen)
        case .unheard: replica.relay.set(.frozen, .toServer)
        case .deaf: replica.relay.set(.frozen, .toClient)
        case .delayed: replica.relay.set(.delayed(ReplicaSite.lease + .seconds(1)))
        case .killed: replica.process.kill()
        }
    }

    func end(on replica: ReplicaSite.Replica) {
        if self == .stopped { replica.process.signal(SIGCONT) }
        replica.relay.heal()
    }
}
