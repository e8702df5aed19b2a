import Glibc

/// Writes a file so that whoever reads it sees the old one or the new one.
enum WholeFile {
    static func write(_ text: String, to path: String) throws {
        let temporary = "\(path).\(getpid()).part"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw fault(path) }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress!, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                let error = fault(path)
                close(descriptor)
                unlink(temporary)
                throw error
            }
            rest = rest.dropFirst(count)
        }
        close(descriptor)
        guard rename(temporary, path) == 0 else {
            let error = fault(path)
            unlink(temporary)
            throw error
        }
    }

    private static func fault(_ path: String) -> any Error {
        Terminal.say("\(path): \(String(cString: strerror(errno)))")
        return ExitStatus.environment.error
    }
}
