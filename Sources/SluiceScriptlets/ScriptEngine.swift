import CDuktape
import SluiceJSON

/// Runs one JavaScript in an engine of its own, as OO's Rhino would: ECMAScript 5 and no way out.
///
/// The engine is Duktape. It has no limit of time: only scripts that are trusted to end may be run.
struct ScriptEngine: ~Copyable {
    private let context: OpaquePointer

    /// Bytes of a script with what it is given.
    static let byteCountMax = 16 << 20

    init() throws(ScriptError) {
        guard let context = sluice_duk_create() else { throw ScriptError("the script engine is out of memory") }
        self.context = context
    }

    deinit { sluice_duk_destroy(context) }

    /// Evaluates a script; answers its value as text.
    func evaluate(_ script: String) throws(ScriptError) -> String {
        guard script.utf8.count <= Self.byteCountMax else {
            throw ScriptError("the script is longer than \(Self.byteCountMax) bytes")
        }
        var script = script
        let result = script.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { sluice_duk_eval(context, $0.baseAddress, $0.count) }
        }
        var size = 0
        let text = sluice_duk_text(context, &size)
        let value = text.map { pointer in
            pointer.withMemoryRebound(to: UInt8.self, capacity: size) {
                String(decoding: UnsafeBufferPointer(start: $0, count: size), as: UTF8.self)
            }
        }
        sluice_duk_pop(context)
        guard result == 0 else { throw ScriptError("the script failed: \(value ?? "")") }
        return value ?? ""
    }
}

/// Why a scriptlet did not run to its end.
public struct ScriptError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What the engine said.
    public let description: String

    init(_ description: String) { self.description = description }
}
