import Foundation
public import SluiceFlowRunner
import SluiceJSON
import Synchronization

/// Runs the Python of CloudSlang operations in a `python3` of its own, one call at a time.
///
/// It is as strict as Central's `main.py` (CloudSlang/score, runtime-management-impl): `execute` gets every input by
/// name, none more, and all that it gives must be text. There is no limit of time: only scripts that are trusted to
/// end may be run.
public final class PythonScripts: Sendable {
    private struct Pipes {
        let input: FileHandle
        let output: FileHandle
        var unread = Data()
    }

    private let pipes: Mutex<Pipes>

    /// Starts the interpreter; it ends when this object does.
    ///
    /// - Throws: `ScriptError` when there is no `python3` on the PATH.
    public init() throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-I", "-c", Self.program]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        pipes = Mutex(Pipes(input: input.fileHandleForWriting, output: output.fileHandleForReading))
        guard try pipes.withLock({ try Self.readLine(&$0) }) != nil else {
            throw ScriptError("python3 does not start; install it and put it on the PATH")
        }
    }

    deinit { pipes.withLock { try? $0.input.close() } }

    /// For `FlowRunner.python`.
    public var action: FlowPython {
        { script, inputs in try self.run(script, inputs) }
    }

    /// Calls a script's `execute`.
    ///
    /// - Parameter inputs: By name; nil becomes `None`.
    /// - Returns: What it returned, by name.
    public func run(_ script: String, _ inputs: [String: String?]) throws -> [String: String] {
        let values = inputs.sorted { $0.key < $1.key }.map { name, value in
            (name, value.map { JSONValue.string($0) } ?? .null)
        }
        let call = JSONObject([("script", .string(script)), ("inputs", .object(JSONObject(values)))])
        let line = try pipes.withLock { pipes in
            try pipes.input.write(contentsOf: Data((call.write() + "\n").utf8))
            return try Self.readLine(&pipes)
        }
        guard let line, case .object(let answer) = try JSONReader.read(Array(line)) else {
            throw ScriptError("python3 ended")
        }
        guard case .object(let returned)? = answer["returned"] else {
            throw ScriptError("the script failed: \(answer["failed"]?.string ?? "")")
        }
        return Dictionary(
            returned.members.map { ($0.name, $0.value.string ?? "") }, uniquingKeysWith: { _, last in last })
    }

    /// The next line without its end; nil when the interpreter is gone.
    private static func readLine(_ pipes: inout Pipes) throws -> Data? {
        while true {
            if let end = pipes.unread.firstIndex(of: 0x0A) {
                let line = pipes.unread[..<end]
                pipes.unread = Data(pipes.unread[(end + 1)...])
                return Data(line)
            }
            let data = pipes.output.availableData
            guard !data.isEmpty else { return nil }
            pipes.unread += data
        }
    }

    private static let program = #"""
        import inspect, json, sys

        def answer(call):
            space = {'__name__': 'script'}
            exec(call['script'], space)
            names = inspect.getfullargspec(space['execute'])[0]
            if sorted(names) != sorted(call['inputs']):
                raise Exception('execute takes %s and was given %s' % (sorted(names), sorted(call['inputs'])))
            returned = space['execute'](**call['inputs'])
            for name, value in returned.items():
                if type(value) is not str:
                    raise Exception('execute gives %s as %s, which is no text' % (name, type(value).__name__))
            return returned

        out, sys.stdout = sys.stdout, sys.stderr
        print('ready', file=out, flush=True)
        for line in sys.stdin.buffer:
            try:
                result = {'returned': answer(json.loads(line))}
            except Exception as problem:
                result = {'failed': '%s: %s' % (type(problem).__name__, problem)}
            print(json.dumps(result), file=out, flush=True)
        """#
}
