import Glibc
import SluiceFuzzing

/// What SLUICE_FUZZ_TARGET names; nil lets the first byte of each input choose.
private let target = getenv("SLUICE_FUZZ_TARGET").map { name in
    guard let target = FuzzTarget(rawValue: String(cString: name)) else {
        let names = FuzzTarget.allCases.map(\.rawValue).joined(separator: ", ")
        let message = "sluice-fuzz: SLUICE_FUZZ_TARGET is '\(String(cString: name))'; there are: \(names)\n"
        _ = message.withCString { write(STDERR_FILENO, $0, strlen($0)) }
        exit(64)
    }
    return target
}

/// One input; a broken invariant ends the program, whereupon libFuzzer saves the input.
///
/// Run it with `SWIFT_BACKTRACE=enable=no`, as scripts/fuzz does: Swift's backtracer waits for a program that is gone.
private func run(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    var bytes = Array(UnsafeBufferPointer(start: start, count: count))
    guard let chosen = target ?? bytes.first.map({ FuzzTarget.allCases[Int($0) % FuzzTarget.allCases.count] }) else {
        return 0
    }
    if target == nil { bytes.removeFirst() }
    do throws(BrokenInvariant) {
        try chosen.check(bytes)
    } catch {
        fatalError("\(chosen.rawValue): broken invariant: \(error)")
    }
    return 0
}

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ argumentCount: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ test: @convention(c) (UnsafePointer<UInt8>, Int) -> CInt
) -> CInt

/// The program's entry: SwiftPM renames an executable's `main` to this.
@_cdecl("sluice_fuzz_main")
public func sluiceFuzzMain(
    _ argumentCount: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
) -> CInt {
    // A wrong name ends the program here: within a test, libFuzzer would take the end for a finding.
    _ = target
    var argumentCount = argumentCount
    var arguments = arguments
    return runDriver(&argumentCount, &arguments) { run($0, $1) }
}

/// The name that libFuzzer's library asks for at link time.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt { run(start, count) }
