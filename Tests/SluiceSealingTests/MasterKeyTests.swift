import Foundation
import SluiceModel
import SluicePorts
import SluiceSealing
import Testing

@Suite struct MasterKeyTests {
    private static let text = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

    @Test func takesTheEnvironmentFirst() throws {
        try inDirectory { directory in
            let key = try MasterKey.load(
                environment: ["SLUICE_KEY": " \(Self.text)\n"], file: "\(directory)/sluice.key", databaseHasCheck: true)
            #expect(AESSealer(key).keyCheck() == AESSealer(try MasterKey(bytes: [UInt8](0..<32))).keyCheck())
            #expect(!FileManager.default.fileExists(atPath: "\(directory)/sluice.key"))
        }
    }

    @Test(arguments: [
        ("", "empty"), ("short", "not Base64"), ("AAEC", "3 bytes"),
        ("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "not Base64"),
        ("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9=", "not Base64"), (text + text, "not Base64"),
        ("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIj", "36 bytes"),
    ])
    func refusesAValueThatIsNoKey(value: String, message: String) throws {
        let error = try #require(throws: SealingError.self) {
            try MasterKey.load(environment: ["SLUICE_KEY": value], file: "/nonexistent", databaseHasCheck: false)
        }
        #expect(error.message.contains("SLUICE_KEY"))
        #expect(error.message.contains(message))
        #expect(error.message.contains("openssl rand -base64 32"))
        #expect(value.isEmpty || !error.message.contains(value))
    }

    @Test func makesTheFileAtTheFirstStartAndKeepsIt() throws {
        try inDirectory { directory in
            let file = "\(directory)/made/deep/sluice.key"
            let made = try MasterKey.load(environment: [:], file: file, databaseHasCheck: false)
            let attributes = try FileManager.default.attributesOfItem(atPath: file)
            #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
            #expect(try String(contentsOfFile: file, encoding: .utf8).count == 45)
            for hasCheck in [true, false] {
                let again = try MasterKey.load(environment: [:], file: file, databaseHasCheck: hasCheck)
                #expect(AESSealer(again).keyCheck() == AESSealer(made).keyCheck())
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: "\(directory)/made/deep") == ["sluice.key"])
        }
    }

    @Test func neverMakesASecondKeyForASealedDatabase() throws {
        try inDirectory { directory in
            let error = try #require(throws: SealingError.self) {
                try MasterKey.load(environment: [:], file: "\(directory)/sluice.key", databaseHasCheck: true)
            }
            #expect(error.message.contains("restore the file from your backup"))
            #expect(!FileManager.default.fileExists(atPath: "\(directory)/sluice.key"))
        }
    }

    @Test(arguments: [0o640, 0o604, 0o660, 0o620, 0o601, 0o777])
    func refusesAFileThatOthersCanUse(mode: Int) throws {
        try inDirectory { directory in
            let file = "\(directory)/sluice.key"
            try write(Self.text, file, mode: mode)
            let error = try #require(throws: SealingError.self) {
                try MasterKey.load(environment: [:], file: file, databaseHasCheck: false)
            }
            #expect(error.message.contains("0\(String(mode, radix: 8))"))
            #expect(error.message.contains("chmod 600"))
        }
    }

    @Test(arguments: [
        ("", "0 bytes"), ("AAEC\n", "3 bytes"), ("no key", "not Base64"),
        (String(repeating: "A", count: 2000), "longer than"),
    ])
    func refusesAFileThatHoldsNoKey(text: String, message: String) throws {
        try inDirectory { directory in
            let file = "\(directory)/sluice.key"
            try write(text, file, mode: 0o600)
            let error = try #require(throws: SealingError.self) {
                try MasterKey.load(environment: [:], file: file, databaseHasCheck: false)
            }
            #expect(error.message.contains(message))
            #expect(error.message.contains(file))
            #expect(try String(contentsOfFile: file, encoding: .utf8) == text)
        }
    }

    @Test func refusesADirectoryAndAFileInAFile() throws {
        try inDirectory { directory in
            let error = try #require(throws: SealingError.self) {
                try MasterKey.load(environment: [:], file: directory, databaseHasCheck: false)
            }
            #expect(error.message.contains("not a regular file"))
            try write("x", "\(directory)/file", mode: 0o600)
            #expect(throws: SealingError.self) {
                try MasterKey.load(environment: [:], file: "\(directory)/file/sluice.key", databaseHasCheck: false)
            }
        }
    }

    @Test func makesOneKeyWhenManyStartAtOnce() async throws {
        try await inDirectory { directory in
            let checks = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<16 {
                    group.addTask {
                        let key = try MasterKey.load(
                            environment: [:], file: "\(directory)/sluice.key", databaseHasCheck: false)
                        return AESSealer(key).keyCheck()
                    }
                }
                return try await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            #expect(checks.count == 1)
        }
    }

    private func write(_ text: String, _ file: String, mode: Int) throws {
        try text.write(toFile: file, atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
    }

    private func inDirectory(_ body: (String) async throws -> Void) async throws {
        let directory = try makeDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try await body(directory)
    }

    private func inDirectory(_ body: (String) throws -> Void) throws {
        let directory = try makeDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try body(directory)
    }

    private func makeDirectory() throws -> String {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("sluice-key-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
        return url.path
    }
}
