import Glibc
import Outbox
import Pipelines
import SystemPackage

/// The outputs of one picture as a publication: complete under their names, all together, or not there.
public final class PublishedOutputs: OutputProvider {
    private let publication: Publication
    private let policy: ConflictPolicy
    /// The input, which no output may replace.
    private let input: (device: UInt64, inode: UInt64)?

    public init(_ publication: Publication, onConflict policy: ConflictPolicy, input: Int32) {
        self.publication = publication
        self.policy = policy
        var status = stat()
        self.input = fstat(input, &status) == 0 ? (UInt64(status.st_dev), UInt64(status.st_ino)) : nil
    }

    public func create(_ relativePath: [UInt8]) throws -> Int32? {
        try publication.create(try path(relativePath), onConflict: policy)
    }

    public func createUnnamed() throws -> Int32 { try publication.createUnnamed() }

    public func name(_ descriptor: Int32, _ relativePath: [UInt8]) throws -> Bool {
        try publication.name(descriptor, try path(relativePath), onConflict: policy)
    }

    private func path(_ relativePath: [UInt8]) throws -> FilePath {
        let path = (relativePath + [0]).withUnsafeBytes {
            FilePath(platformString: $0.bindMemory(to: CChar.self).baseAddress!)
        }
        if policy == .replace { try refuseInput(path) }
        return path
    }

    private func refuseInput(_ path: FilePath) throws {
        var status = stat()
        let target = publication.root.appending(path.components)
        guard let input, target.withPlatformString({ lstat($0, &status) }) == 0,
            UInt64(status.st_dev) == input.device, UInt64(status.st_ino) == input.inode
        else { return }
        throw BatchFailure(
            code: "replaces-input", kind: "policy", message: "the output would take the place of its own input",
            hint: "choose another output folder")
    }
}
