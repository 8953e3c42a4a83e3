/// What a call to Central is to the facade (product.md, "The three places a launch is caught").
public enum FacadeCall: Hashable, Sendable {
    /// Sent on unchanged, whatever the gate says.
    case pass
    /// `POST executions`.
    case start(StartDialect)
    /// `POST schedules`, and whatever replaces a schedule: it may be enabled, and due.
    case schedule
    /// `PUT schedules/{id}/enabled`.
    case enable(schedule: String)
    /// `PUT executions/{id}/status`: a resume is decided, the others pass; virtual ids are answered.
    case act(id: String)
    /// A change below executions or schedules that no source describes: passes only while nothing is closed.
    case unknownWork
    /// `GET executions/{ids}/summary`, with at least one virtual id.
    case summaries([String])
    /// Another read of one virtual execution.
    case read(id: String, ExecutionPart)
    /// `GET executions`.
    case list
    /// A run URL of OO 9, with the flow when it names one by UUID.
    case oldRun(flow: String?)
}

/// Which of Central's two ways to start an execution is spoken (oo-central-api.md section 3).
public enum StartDialect: Hashable, Sendable, CaseIterable {
    /// `/rest/v1`: the flow is `uuid`, the answer an object.
    case v1
    /// `/rest/v2`, `/rest/latest`: the flow is `flowUuid`, the answer a bare number.
    case v2
    /// `/rest` alone: the body tells, by its member (section 1: the equation with v1 is INFERRED).
    case byBody
}

/// What of an execution is read.
public enum ExecutionPart: String, Hashable, Sendable, CaseIterable {
    case log = "execution-log"
    case steps
    case stepCount
    case status
    case other
}

/// Says what a call is, by method and address. Total: what it does not know passes, unless it could start work.
public struct FacadeCalls: Hashable, Sendable {
    /// Which ids are ours.
    public let virtualIDs: VirtualIDs

    public init(virtualIDs: VirtualIDs) { self.virtualIDs = virtualIDs }

    /// A call with the path to send it on with.
    public struct Sorted: Hashable, Sendable {
        public var call: FacadeCall
        /// Below the root; nil: as it came. A decided call with an odd spelling is sent as it was understood.
        public var path: String?
    }

    /// - Parameter method: As it came; methods are in capitals by definition, so `post` is none.
    public func sort(method: String, _ address: CallAddress) -> Sorted {
        let isChange = !["GET", "HEAD", "OPTIONS", "TRACE"].contains(method)
        var found = Sorted(call: .pass, path: nil)
        for reading in address.readings {
            let call = isChange ? change(method, reading) : read(method, reading)
            guard call != .pass else { continue }
            // What one reading knows is decided as that, though another does not know it.
            if call == .unknownWork, found.call != .pass { continue }
            found = Sorted(call: call, path: isChange && !address.isPlain ? Self.path(reading) : nil)
            if call != .unknownWork { return found }
        }
        return found
    }

    /// The same for the addresses of OO 9, where a GET starts a run too (oo-central-api.md section 12).
    public func sortOld(method: String, _ address: CallAddress) -> Sorted {
        for reading in address.readings {
            guard let service = reading.firstIndex(of: "services"), reading.count > service + 1 else { continue }
            let rest = reading[(service + 1)...]
            let isRun = rest.contains { $0.hasPrefix("run") || $0.hasPrefix("execute") }
            let isService = rest.contains { $0.hasPrefix("wscentralservice") } && !["GET", "HEAD"].contains(method)
            guard isRun || isService else { continue }
            let flow = rest.last.flatMap { Self.isUUID($0) ? $0 : nil }
            return Sorted(call: .oldRun(flow: flow), path: nil)
        }
        return Sorted(call: .pass, path: nil)
    }

    // MARK: Changes

    private func change(_ method: String, _ reading: [String]) -> FacadeCall {
        guard let place = Place(reading) else { return .pass }
        let rest = place.rest
        if method == "DELETE" { return .pass }
        switch place.collection {
        case .executions:
            switch rest.count {
            case 0: return method == "POST" ? .start(place.dialect) : .unknownWork
            case 2 where Place.name(rest[1]) == "status": return .act(id: rest[0])
            default: return .unknownWork
            }
        case .schedules:
            switch rest.count {
            case 0: return method == "POST" ? .schedule : .unknownWork
            case 1: return .schedule
            case 2 where Place.name(rest[1]) == "enabled": return .enable(schedule: rest[0])
            default: return .unknownWork
            }
        }
    }

    // MARK: Reads

    private func read(_ method: String, _ reading: [String]) -> FacadeCall {
        guard method == "GET" || method == "HEAD", let place = Place(reading), place.collection == .executions else {
            return .pass
        }
        let rest = place.rest
        guard let first = rest.first else { return .list }
        let ids = first.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard ids.contains(where: virtualIDs.contains) else { return .pass }
        let part = rest.dropFirst().map(Place.name).joined(separator: "/")
        if part == "summary" { return .summaries(ids) }
        guard ids.count == 1 else { return .read(id: first, .other) }
        switch part {
        case "execution-log": return .read(id: first, .log)
        case "steps": return .read(id: first, .steps)
        case "steps/count": return .read(id: first, .stepCount)
        case "status": return .read(id: first, .status)
        default: return .read(id: first, .other)
        }
    }

    // MARK: Words

    /// `rest/v2/executions/...`, taken apart.
    private struct Place {
        enum Collection { case executions, schedules }

        let dialect: StartDialect
        let collection: Collection
        let rest: [String]

        /// nil: neither executions nor schedules.
        init?(_ reading: [String]) {
            guard reading.count > 1, Self.name(reading[0]) == "rest" else { return nil }
            if let collection = Self.collection(reading[1]) {
                self.collection = collection
                dialect = .byBody
                rest = Array(reading.dropFirst(2))
            } else if reading.count > 2, let collection = Self.collection(reading[2]) {
                self.collection = collection
                dialect = Self.name(reading[1]) == "v1" ? .v1 : .v2
                rest = Array(reading.dropFirst(3))
            } else {
                return nil
            }
        }

        private static func collection(_ segment: String) -> Collection? {
            switch name(segment) {
            case "executions": .executions
            case "schedules", "all-schedules": .schedules
            default: nil
            }
        }

        /// A segment without the suffix and the white space that some servers overlook.
        static func name(_ segment: String) -> String {
            let words = segment.unicodeScalars.drop { $0 == " " }
            return String(String.UnicodeScalarView(words.prefix { $0 != "." && $0 != " " }))
        }
    }

    /// What stands before `executions` in a path, and what behind it.
    public struct ExecutionsPath: Hashable, Sendable {
        /// `/rest/v2`
        public var root: String
        /// Segments behind: an id, and a part of it; empty for all executions.
        public var rest: [String]
    }

    /// Where executions are in a path below the root: as it came when it is spelt plainly, else as it is understood.
    ///
    /// - Returns: nil when it is a path of something else.
    public static func executions(in path: String) -> ExecutionsPath? {
        guard let address = try? CallAddress(path: path) else { return nil }
        for reading in address.readings {
            guard let place = Place(reading), place.collection == .executions else { continue }
            let count = reading.count - place.rest.count - 1
            guard address.isPlain else {
                return ExecutionsPath(root: Self.path(Array(reading[..<count])), rest: place.rest.map(escaped))
            }
            let segments = path.split(separator: "/")
            return ExecutionsPath(
                root: segments[..<count].map { "/\($0)" }.joined(), rest: segments[(count + 1)...].map(String.init))
        }
        return nil
    }

    /// A reading as every client would spell it, without suffixes; what is no plain character is escaped.
    static func path(_ reading: [String]) -> String {
        reading.map { "/\(escaped($0))" }.joined()
    }

    private static func escaped(_ segment: String) -> String {
        var text = ""
        for byte in Place.name(segment).utf8 {
            let isPlain =
                (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte) || byte == UInt8(ascii: "-")
                || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ",")
            text += isPlain ? String(UnicodeScalar(byte)) : escape(byte)
        }
        return text
    }

    private static func escape(_ byte: UInt8) -> String {
        let digits = Array("0123456789ABCDEF")
        return "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
    }

    private static func isUUID(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        return parts.map(\.utf8.count) == [8, 4, 4, 4, 12]
            && text.utf8.allSatisfy {
                $0 == UInt8(ascii: "-") || (0x30...0x39).contains($0) || (0x61...0x66).contains($0)
            }
    }
}
