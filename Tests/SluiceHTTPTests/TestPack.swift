import Foundation
import SluiceHTTP
import SluiceJSON
import SluiceModel

/// A content pack as these tests send it, in a format of their own: a word and its value a line. Real packs are read
/// by SluiceContent's tests and the end-to-end ones.
struct TestPack: Sendable {
    var name: String? = "Pack"
    var version: String? = "1"
    var flows: [KnownFlow] = [TestPack.flow()]

    /// The flow that `Client.ask` launches.
    static func flow(
        _ id: String = Client.flow, isGated: Bool = false, required: [String] = [], optional: [String] = []
    ) -> KnownFlow {
        KnownFlow(
            id: FlowID(id), name: "F", path: "Library/\(id)", contentPack: "", isGated: isGated,
            inputs: required.map { KnownInput(name: $0, isRequired: true, isEncrypted: false) }
                + optional.map { KnownInput(name: $0, isRequired: false, isEncrypted: false) })
    }

    var bytes: [UInt8] {
        var lines = ["pack"]
        if let name { lines.append("name \(name)") }
        if let version { lines.append("version \(version)") }
        for flow in flows {
            lines.append("flow \(flow.id) \(flow.isGated)")
            lines += flow.inputs.map { "input \($0.name) \($0.isRequired)" }
        }
        return Array((lines + ["end"]).joined(separator: "\n").utf8)
    }

    static let reader: PackReader = { path in reading(of: path) }

    static func reading(of path: String) -> PackReading {
        var reading = PackReading(name: nil, version: nil, flows: [], diagnostics: [])
        let text = (try? String(contentsOf: URL(filePath: path), encoding: .utf8)) ?? ""
        let lines = text.split(separator: "\n").map(String.init)
        guard lines.first == "pack", lines.last == "end" else {
            reading.diagnostics = [
                Diagnostic(severity: .error, code: "not-a-pack", message: "is no content pack", file: "", line: 1)
            ]
            return reading
        }
        for line in lines {
            let words = line.split(separator: " ", maxSplits: 1).map(String.init)
            let rest = words.count > 1 ? words[1] : ""
            let parts = rest.split(separator: " ").map(String.init)
            switch words[0] {
            case "name": reading.name = rest
            case "version": reading.version = rest
            case "flow": reading.flows.append(flow(parts[0], isGated: parts[1] == "true"))
            case "input":
                reading.flows[reading.flows.count - 1].inputs.append(
                    KnownInput(name: parts[0], isRequired: parts[1] == "true", isEncrypted: false))
            case "warn":
                reading.diagnostics.append(
                    Diagnostic(severity: .warning, code: "odd", message: rest, file: "Content/F.xml", line: 7))
            default: break
            }
        }
        return reading
    }
}
