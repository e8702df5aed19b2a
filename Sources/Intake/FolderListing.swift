import Glibc
import SystemPackage

/// The names in an open folder, one after the other.
final class FolderListing {
    private let stream: OpaquePointer

    /// Takes ownership of the descriptor.
    init(_ folder: FileDescriptor) throws(Errno) {
        guard let stream = fdopendir(folder.rawValue) else {
            let error = Errno(rawValue: errno)
            try? folder.close()
            throw error
        }
        self.stream = stream
    }

    deinit {
        closedir(stream)
    }

    /// The next name with its status, which is that of the name itself, never of a link's target, and nil where the
    /// system does not tell it; nil at the end. Names that are gone before their status is read are left out.
    func next() throws(Errno) -> (name: FilePath.Component, status: stat?)? {
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                guard errno == 0 else { throw Errno(rawValue: errno) }
                return nil
            }
            let name = UnsafeRawPointer(entry).advanced(by: MemoryLayout<dirent>.offset(of: \.d_name)!)
                .assumingMemoryBound(to: CChar.self)
            guard let component = FilePath(platformString: name).lastComponent, component.kind == .regular
            else { continue }
            var status = stat()
            if fstatat(dirfd(stream), name, &status, AT_SYMLINK_NOFOLLOW) == 0 { return (component, status) }
            if errno != ENOENT { return (component, nil) }
        }
    }
}
