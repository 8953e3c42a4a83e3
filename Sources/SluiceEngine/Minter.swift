public import SluiceModel
public import SluicePorts

/// Draws ids from the injected clock and random source.
public struct Minter: Sendable {
    private let clocks: any Clocks
    private let random: any RandomSource

    public init(clocks: any Clocks, random: any RandomSource) {
        self.clocks = clocks
        self.random = random
    }

    public func ticket() -> Ticket { Ticket(ulid()) }

    public func passID() -> PassID { PassID(ulid()) }

    public func windowID() -> WindowID { WindowID("w_\(ulid())") }

    public func maintenanceID() -> MaintenanceID { MaintenanceID("m_\(ulid())") }

    private func ulid() -> ULID { ulid(at: clocks.now().wall) }

    func ulid(at now: Timestamp) -> ULID {
        ULID(at: now, random: (UInt16(truncatingIfNeeded: random.next()), random.next()))
    }
}
