import Foundation

/// A temporary folder that goes with its owner. Names are bytes.
final class Folder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "/svertka-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file, with the folders above it.
    @discardableResult
    func write(_ name: String, _ text: String) throws -> String { try write(name, Data(text.utf8)) }

    @discardableResult
    func write(_ name: String, _ data: Data) throws -> String {
        let url = URL(filePath: path + "/" + name)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try data.write(to: url)
        return url.path
    }

    /// Writes a file under a name that need be no text.
    func write(bytes name: [UInt8], _ data: Data) throws {
        let descriptor = open(path.utf8CString.dropLast().map { UInt8(bitPattern: $0) } + [0x2F] + name)
        guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        defer { close(descriptor) }
        let count = data.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress!, $0.count) }
        guard count == data.count else { throw POSIXError(.EIO) }
    }

    private func open(_ path: [UInt8]) -> Int32 {
        (path + [0]).withUnsafeBufferPointer { buffer in
            buffer.withMemoryRebound(to: CChar.self) {
                Foundation.open($0.baseAddress!, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
            }
        }
    }

    func makeFolder(_ name: String) throws {
        try FileManager.default.createDirectory(atPath: path + "/" + name, withIntermediateDirectories: true)
    }

    func exists(_ name: String) -> Bool { access(path + "/" + name, F_OK) == 0 }

    func data(_ name: String) throws -> Data { try Data(contentsOf: URL(filePath: path + "/" + name)) }

    func text(_ name: String) throws -> String { String(decoding: try data(name), as: UTF8.self) }

    /// The relative paths of all files below a folder, in bytes, sorted; hidden ones too.
    func files(in name: String = "") -> [[UInt8]] {
        var found: [[UInt8]] = []
        collect(Array((path + "/" + name).utf8), [], &found)
        return found.sorted { $0.lexicographicallyPrecedes($1) }
    }

    func names(in name: String = "") -> [String] { files(in: name).map { String(decoding: $0, as: UTF8.self) } }

    private func collect(_ folder: [UInt8], _ relative: [UInt8], _ found: inout [[UInt8]]) {
        let stream = (folder + [0]).withUnsafeBufferPointer { buffer in
            buffer.withMemoryRebound(to: CChar.self) { opendir($0.baseAddress!) }
        }
        guard let stream else { return }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if name == Array(".".utf8) || name == Array("..".utf8) { continue }
            if entry.pointee.d_type == UInt8(DT_DIR) {
                collect(folder + [0x2F] + name, relative + name + [0x2F], &found)
            } else {
                found.append(relative + name)
            }
        }
    }
}

/// The checkout that the tests belong to.
enum Checkout {
    static let path: String = {
        var package = URL(filePath: #filePath)
        for _ in 0..<3 { package.deleteLastPathComponent() }
        return package.path
    }()

    static func pipeline(_ name: String) -> String { "\(path)/Pipelines/\(name).json" }
}
