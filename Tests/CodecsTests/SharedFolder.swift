import Glibc

/// The folder with test material that is not part of the project: `SVERTKA_SHARED`, or `../shared` beside the package or
/// above it. Nil when there is none.
let sharedFolder: String? = {
    func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
    if let named = getenv("SVERTKA_SHARED").map({ String(cString: $0) }) { return isFolder(named) ? named : nil }
    var parts = #filePath.split(separator: "/").dropLast()
    while !parts.isEmpty {
        parts = parts.dropLast()
        let candidate = "/" + (parts + ["shared"]).joined(separator: "/")
        if isFolder(candidate + "/corpus") { return candidate }
    }
    return nil
}()
