import Glibc
import ONNX
import SystemPackage

@testable import Inference

/// Where tests find files that are not part of the package.
enum TestFolders {
    /// The folder beside the package, or what `SVERTKA_SHARED` says; nil where there is none.
    static let shared: FilePath? = {
        if let stated = getenv("SVERTKA_SHARED") { return existing(FilePath(String(cString: stated))) }
        var folder = FilePath(#filePath).removingLastComponent()
        while !folder.isEmpty, folder.lastComponent != nil {
            if let found = existing(folder.appending("shared")) { return found }
            folder = folder.removingLastComponent()
        }
        return nil
    }()

    /// ONNX's own operator tests, as Debian's package libonnx-testdata installs them, or what
    /// `SVERTKA_ONNX_TESTDATA` says.
    static let operatorTests: FilePath? = {
        if let stated = getenv("SVERTKA_ONNX_TESTDATA") { return existing(FilePath(String(cString: stated))) }
        return existing("/usr/share/libonnx-testdata/data")
    }()

    /// The folder of the tests themselves.
    static let own = FilePath(#filePath).removingLastComponent()

    static func existing(_ path: FilePath) -> FilePath? { access(path.string, R_OK) == 0 ? path : nil }

    static func bytes(_ path: FilePath) -> [UInt8]? {
        guard let file = fopen(path.string, "rb") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
        return bytes
    }

    static func names(in folder: FilePath) -> [String] {
        guard let handle = opendir(folder.string) else { return [] }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }

    static func tensor(npy path: FilePath) throws -> Tensor {
        try NumpyFile.tensor(from: bytes(path) ?? [], file: path.lastComponent?.string ?? "")
    }
}
