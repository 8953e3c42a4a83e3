import SluiceModel
import SluicePorts

#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// The wall clock, for the stories told here.
enum SystemTime {
    static func now() -> Timestamp { SystemClocks().now().wall }
}

/// A port that is free now.
enum FreePort {
    /// - Throws: `ServiceError` when the loopback address has none.
    static func find() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw ServiceError("no socket can be made") }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let port: UInt16? = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                guard bind(descriptor, generic, length) == 0, getsockname(descriptor, generic, &length) == 0 else {
                    return nil
                }
                return UInt16(bigEndian: pointer.pointee.sin_port)
            }
        }
        guard let port else { throw ServiceError("no free port was found on 127.0.0.1") }
        return Int(port)
    }
}
