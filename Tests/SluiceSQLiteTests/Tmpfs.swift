import Foundation
import SluiceTestKit

/// A real, tiny file system, for tests of full disks; root only.
final class Tmpfs: Sendable {
    let path: String

    static var isAllowed: Bool {
        guard getuid() == 0, let disk = try? Tmpfs(kilobytes: 64) else { return false }
        disk.unmount()
        return true
    }

    init(kilobytes: Int) throws {
        path = FileManager.default.temporaryDirectory.path + "/sluice-tmpfs-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        guard Tmpfs.run("mount", "-t", "tmpfs", "-o", "size=\(kilobytes)k", "tmpfs", path) else {
            throw ConformanceFailure("tmpfs cannot be mounted at \(path)")
        }
    }

    func unmount() {
        _ = Tmpfs.run("umount", "-l", path)
        try? FileManager.default.removeItem(atPath: path)
    }

    private static func run(_ command: String...) -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}
