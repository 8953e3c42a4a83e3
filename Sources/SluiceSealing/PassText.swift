internal import SluiceModel

/// The claims of a pass as bytes: fixed fields big-endian, then the ticket and the execution if there are,
/// then the flow's text.
enum PassText {
    static let prefix: StaticString = "p_"
    static let context = "pass"
    /// Longest text looked at: a flow id of `IdentifierLimits.byteCountMax` bytes fits well.
    static let byteCountMax = 4096

    private static let version: UInt8 = 1
    private static let hasTicket: UInt8 = 1
    private static let hasRunID: UInt8 = 2

    /// - Parameters:
    ///   - head: A byte that goes first.
    ///   - spare: Room for bytes that will follow.
    static func encode(_ claims: PassClaims, after head: UInt8, spare: Int) -> [UInt8] {
        var writer = ByteWriter()
        let parts = (claims.ticket == nil ? 0 : hasTicket) | (claims.runID == nil ? 0 : hasRunID)
        // The fixed fields, both ids, and what is of no fixed length.
        writer.bytes.reserveCapacity(96 + claims.flow.text.utf8.count + (claims.runID?.text.utf8.count ?? 0) + spare)
        writer.bytes.append(head)
        writer.bytes.append(version)
        writer.bytes.append(claims.kind == .attempt ? 1 : 2)
        writer.bytes.append(parts)
        writer.append(claims.id.ulid)
        writer.append(UInt64(bitPattern: claims.epoch.number))
        writer.append(UInt64(bitPattern: claims.expiresAt.milliseconds))
        writer.append(UInt64(bitPattern: Int64(claims.attempt)))
        if let ticket = claims.ticket { writer.append(ticket.ulid) }
        if let runID = claims.runID {
            writer.append(UInt64(runID.text.utf8.count))
            writer.bytes += runID.text.utf8
        }
        writer.bytes += claims.flow.text.utf8
        return writer.bytes
    }

    /// nil for anything that `encode` did not make.
    static func decode(_ bytes: ArraySlice<UInt8>) -> PassClaims? {
        var reader = ByteReader(rest: bytes)
        guard reader.byte() == version, let kindCode = reader.byte(), let kind = kind(kindCode),
            let parts = reader.byte(), parts <= hasTicket | hasRunID, let id = reader.ulid(),
            let epoch = reader.number(),
            let expiry = reader.number(), let attempt = reader.number()
        else { return nil }
        var ticket: Ticket?
        if parts & hasTicket != 0 {
            guard let ulid = reader.ulid() else { return nil }
            ticket = Ticket(ulid)
        }
        var runID: ExecutionID?
        if parts & hasRunID != 0 {
            guard let text = reader.text(byteCountMax: IdentifierLimits.byteCountMax) else { return nil }
            runID = ExecutionID(text)
        }
        guard let flow = String(validating: reader.rest, as: UTF8.self), let flow = FlowID(checking: flow) else {
            return nil
        }
        return PassClaims(
            id: PassID(id), kind: kind, flow: flow, ticket: ticket, attempt: Int(Int64(bitPattern: attempt)),
            epoch: Epoch(Int64(bitPattern: epoch)), expiresAt: Timestamp(milliseconds: Int64(bitPattern: expiry)),
            runID: runID)
    }

    private static func kind(_ code: UInt8) -> PassClaims.Kind? {
        switch code {
        case 1: .attempt
        case 2: .admission
        default: nil
        }
    }
}

private struct ByteWriter {
    var bytes: [UInt8] = []

    mutating func append(_ number: UInt64) {
        withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func append(_ ulid: ULID) {
        append(ulid.high)
        append(ulid.low)
    }
}

private struct ByteReader {
    var rest: ArraySlice<UInt8>

    mutating func byte() -> UInt8? { rest.popFirst() }

    mutating func number() -> UInt64? {
        guard rest.count >= 8 else { return nil }
        var number: UInt64 = 0
        for byte in rest.prefix(8) { number = number << 8 | UInt64(byte) }
        rest.removeFirst(8)
        return number
    }

    /// A text with its length before it.
    mutating func text(byteCountMax: Int) -> String? {
        guard let count = number(), count <= UInt64(byteCountMax), rest.count >= Int(count) else { return nil }
        defer { rest.removeFirst(Int(count)) }
        return String(validating: rest.prefix(Int(count)), as: UTF8.self)
    }

    mutating func ulid() -> ULID? {
        guard let high = number(), let low = number() else { return nil }
        return ULID(high: high, low: low)
    }
}
