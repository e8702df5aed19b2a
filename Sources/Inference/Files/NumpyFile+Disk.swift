import Glibc
import ONNX
import SystemPackage

extension NumpyFile {
    /// Reads an array from a regular file of at most 4 GiB.
    public static func read(_ path: FilePath) throws(InferenceError) -> Tensor {
        let name = path.lastComponent?.string ?? path.string
        do {
            return try tensor(from: ModelFile.bytes(of: path, limit: 4 << 30), file: name)
        } catch let error as ModelError.Fault {
            throw .tensorFile(name, ModelError(file: name, fault: error).reason)
        } catch let error as InferenceError {
            throw error
        } catch {
            preconditionFailure("both calls throw their own errors only")
        }
    }

    /// Writes an array to a new file, or over an old one.
    public static func write(_ tensor: Tensor, to path: FilePath) throws(InferenceError) {
        let name = path.lastComponent?.string ?? path.string
        do {
            let file = try FileDescriptor.open(
                path, .writeOnly, options: [.create, .truncate, .closeOnExec],
                permissions: .ownerReadWriteGroupReadOtherRead)
            try file.closeAfter { _ = try file.writeAll(bytes(of: tensor)) }
        } catch {
            throw .tensorFile(name, "cannot be written: \(error)")
        }
    }
}

extension FilePermissions {
    fileprivate static let ownerReadWriteGroupReadOtherRead: FilePermissions = [
        .ownerReadWrite, .groupRead, .otherRead,
    ]
}
