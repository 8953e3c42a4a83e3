import Foundation
import SluiceSandbox

#if canImport(Glibc)
    import Glibc
#endif

extension TestSite {
    static func flows(_ bodyMilliseconds: Int64) -> [SandboxFlow] {
        let inputs: [SandboxFlow.Input] = [
            .init("order", isMandatory: true), .init("password", isEncrypted: true),
        ]
        let pass = SandboxFlow.Input("sluicePass", isEncrypted: true)
        return [
            SandboxFlow(
                id: gatedFlow, name: "Gated", path: "Library/Test/Gated", isGated: true, inputs: inputs + [pass],
                durationMilliseconds: bodyMilliseconds),
            SandboxFlow(
                id: ungatedFlow, name: "Ungated", path: "Library/Test/Ungated", inputs: inputs,
                durationMilliseconds: bodyMilliseconds),
            SandboxFlow(
                id: waitingFlow, name: "Waiting", path: "Library/Test/Waiting", isGated: true, atHold: .wait,
                inputs: inputs + [pass], durationMilliseconds: bodyMilliseconds),
        ]
    }

    /// A pack of the same flows, so that the gate knows which are gated and which inputs are secret.
    /// - Parameters:
    ///   - path: The folder of its project tree.
    ///   - name: nil: it has none.
    ///   - version: Makes another pack of it though its flows are the same.
    ///   - constants: Names of the inputs that have a constant, in every flow.
    static func writePack(
        to folder: URL, at path: String = "pack", name: String? = "Test", version: Int = 1,
        flows: [SandboxFlow] = flows(0), constants: Set<String> = []
    ) throws {
        try? FileManager.default.removeItem(at: folder.appending(path: path))
        try write(
            (name.map { "content.pack.name=\($0)\n" } ?? "") + "content.pack.version=\(version)\n",
            "\(path)/contentpack.properties", in: folder)
        for flow in flows {
            let gate = "6f1c5f0e-5a7e-4c8e-9a39-5b1ce5a7e001"
            let work = "ddd79f22-8b1e-4605-88d5-d912bb2da2b9"
            let inputs = flow.inputs.enumerated().map { index, input in
                let isConstant = constants.contains(input.name)
                let binding = isConstant ? "staticBinding" : "userInputBinding"
                return """
                    <\(binding) id="\(flow.id.dropLast(2))b\(index)"><inputSymbol>\(input.name)</inputSymbol>\
                    <inputType>\(input.isEncrypted ? "ENCRYPTED" : "STRING")</inputType>\
                    <required>\(input.isMandatory)</required>\(isConstant ? "<value>1</value>" : "")</\(binding)>
                    """
            }
            try write(
                """
                <?xml version="1.0" encoding="UTF-8"?>
                <flow id="\(flow.id)"><annotation/><name>\(flow.name)</name><inputs>\(inputs.joined())</inputs>
                <possibleResponses/><steps>
                <step id="\(flow.id.dropLast(1))a"><name>First</name><bindings/><transitions/>
                <opRef><refId>\(flow.isGated ? gate : work)</refId></opRef></step>
                </steps><startSteps>\(flow.id.dropLast(1))a</startSteps></flow>
                """, "\(path)/Content/\(flow.path).xml", in: folder)
        }
    }

    /// Builds the jar of a project tree in the site's folder, with the program itself.
    func jar(of path: String) async throws -> [UInt8] {
        let file = folder.appending(path: "\(path).jar")
        let run = try await ProgramRun(["pack", "build", folder.appending(path: path).path, "--out", file.path])
        guard run.status == 0 else { throw TestSiteError("no jar: \(run.errors)") }
        return try Array(Data(contentsOf: file))
    }

    /// Writes a file that only its owner can read.
    static func write(_ text: String, _ path: String, in folder: URL) throws {
        let file = folder.appending(path: path)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
    }

    /// A port that is free now, below those that the system gives to outgoing connections (32768 on, by default): a
    /// service that is started again finds it free again.
    static func freePort() throws -> Int {
        for _ in 0..<1000 {
            let port = Int.random(in: 15_000..<32_000)
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(descriptor) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            address.sin_port = UInt16(port).bigEndian
            let length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let isFree = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) == 0 }
            }
            if isFree { return port }
        }
        throw TestSiteError("no free port")
    }
}
