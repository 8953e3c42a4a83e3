import SluiceModel

/// Reads the common form of a launch request's body in one pass: plain ASCII, no escapes, only fields that need nothing
/// from the store.
///
/// It never refuses: what it does not read, whether right or wrong, is left to `LaunchCodec`, which says what is wrong.
/// What it reads, `LaunchCodec` reads alike (a test compares the two).
struct LaunchScanner {
    /// Inputs of a body that is read here; more are left to `LaunchCodec`.
    static let inputCountMax = 32
    /// Longest text that is read here, in bytes.
    static let textByteCountMax = 4096

    private let bytes: UnsafeBufferPointer<UInt8>
    private var offset = 0

    private init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    /// - Returns: nil when the body is of another form.
    static func scan(_ bytes: UnsafeBufferPointer<UInt8>) -> LaunchRequest? {
        var scanner = LaunchScanner(bytes)
        return scanner.request()
    }

    private enum Field: Int {
        case flow, source, launcher, flowPath, tenant, inputs, start, scheduleID, priority, requestedBy, onBehalfOf
    }

    private mutating func request() -> LaunchRequest? {
        var request = LaunchRequest(flow: FlowID(""), source: .api)
        var seen: UInt16 = 0
        skipWhitespace()
        guard take("{") else { return nil }
        repeat {
            skipWhitespace()
            guard let name = name(), let field = Self.field(name) else { return nil }
            let bit = UInt16(1) << UInt16(field.rawValue)
            guard seen & bit == 0, colon() else { return nil }
            seen |= bit
            guard read(field, into: &request) else { return nil }
            skipWhitespace()
        } while take(",")
        guard take("}") else { return nil }
        skipWhitespace()
        // Flow and source are required.
        guard offset == bytes.count, seen & 0b11 == 0b11 else { return nil }
        return request
    }

    private mutating func read(_ field: Field, into request: inout LaunchRequest) -> Bool {
        switch field {
        case .flow:
            guard let text = identifier() else { return false }
            request.flow = FlowID(text)
        case .source:
            guard let text = text(), let source = LaunchSource(rawValue: text) else { return false }
            request.source = source
        case .launcher:
            guard let text = text(), let launcher = Launcher(rawValue: text) else { return false }
            request.launcher = launcher
        case .flowPath:
            guard let text = text() else { return false }
            request.flowPath = text
        case .tenant:
            guard let text = identifier() else { return false }
            request.tenant = TenantID(text)
        case .scheduleID:
            guard let text = identifier() else { return false }
            request.scheduleID = ScheduleID(text)
        case .requestedBy:
            guard let text = text() else { return false }
            request.requestedBy = text
        case .onBehalfOf:
            guard let text = text() else { return false }
            request.onBehalfOf = text
        case .priority:
            guard offset < bytes.count, case let digit = bytes[offset], digit >= 0x30, digit <= 0x39,
                let priority = Priority(Int(digit) - 0x30)
            else { return false }
            offset += 1
            // The next character must end the number; what it may be is checked by the caller.
            request.priority = priority
        case .inputs:
            guard let inputs = inputs() else { return false }
            request.inputs = inputs
        case .start:
            guard let start = start() else { return false }
            request.start = start
        }
        return true
    }

    private mutating func inputs() -> [LaunchInput]? {
        guard take("{") else { return nil }
        var inputs: [LaunchInput] = []
        skipWhitespace()
        if take("}") { return inputs }
        repeat {
            skipWhitespace()
            guard let name = identifier(), colon(), let value = text(), inputs.count < Self.inputCountMax else {
                return nil
            }
            for input in inputs where input.name == name { return nil }
            inputs.append(LaunchInput(name: name, value: .clear(value)))
            skipWhitespace()
        } while take(",")
        return take("}") ? inputs : nil
    }

    private mutating func start() -> StartOptions? {
        guard take("{") else { return nil }
        var runName: String?
        var logLevel: String?
        skipWhitespace()
        if take("}") { return StartOptions() }
        repeat {
            skipWhitespace()
            guard let name = name(), colon() else { return nil }
            if Self.equal(name, "runName"), runName == nil {
                guard let text = text() else { return nil }
                runName = text
            } else if Self.equal(name, "logLevel"), logLevel == nil {
                guard let text = text() else { return nil }
                logLevel = text
            } else {
                return nil
            }
            skipWhitespace()
        } while take(",")
        guard take("}") else { return nil }
        return StartOptions(runName: runName, logLevel: logLevel, inputPromptUseBlank: nil)
    }

    // MARK: Pieces

    private static func field(_ name: UnsafeBufferPointer<UInt8>) -> Field? {
        switch name.count {
        case 4: equal(name, "flow") ? .flow : nil
        case 5: equal(name, "start") ? .start : nil
        case 6:
            equal(name, "source") ? .source : equal(name, "inputs") ? .inputs : equal(name, "tenant") ? .tenant : nil
        case 8:
            equal(name, "flowPath")
                ? .flowPath : equal(name, "launcher") ? .launcher : equal(name, "priority") ? .priority : nil
        case 10: equal(name, "scheduleId") ? .scheduleID : equal(name, "onBehalfOf") ? .onBehalfOf : nil
        case 11: equal(name, "requestedBy") ? .requestedBy : nil
        default: nil
        }
    }

    private static func equal(_ bytes: UnsafeBufferPointer<UInt8>, _ word: StaticString) -> Bool {
        guard bytes.count == word.utf8CodeUnitCount else { return false }
        for index in 0..<bytes.count where bytes[index] != word.utf8Start[index] { return false }
        return true
    }

    /// The bytes of a string of printable ASCII without escapes.
    private mutating func name() -> UnsafeBufferPointer<UInt8>? {
        guard take("\"") else { return nil }
        let start = offset
        let end = min(bytes.count, start + Self.textByteCountMax)
        while offset < end {
            let byte = bytes[offset]
            if byte == UInt8(ascii: "\"") {
                defer { offset += 1 }
                return UnsafeBufferPointer(rebasing: bytes[start..<offset])
            }
            guard byte >= 0x20, byte < 0x7F, byte != UInt8(ascii: "\\") else { return nil }
            offset += 1
        }
        return nil
    }

    private mutating func text() -> String? { name().map { String(decoding: $0, as: UTF8.self) } }

    private mutating func identifier() -> String? {
        guard let name = name(), !name.isEmpty, name.count <= IdentifierLimits.byteCountMax else { return nil }
        return String(decoding: name, as: UTF8.self)
    }

    private mutating func colon() -> Bool {
        skipWhitespace()
        guard take(":") else { return false }
        skipWhitespace()
        return true
    }

    private mutating func skipWhitespace() {
        while offset < bytes.count, case let byte = bytes[offset],
            byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
        { offset += 1 }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard offset < bytes.count, bytes[offset] == UInt8(ascii: character) else { return false }
        offset += 1
        return true
    }
}
