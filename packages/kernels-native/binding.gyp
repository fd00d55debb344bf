# One static library an instruction set: gyp has no flags per file, and only these files may be built with wide ones
# (see src/cpp/isa/table.h for the rule that keeps their code out of the rest). Sources and flags of gcc and clang come
# from scripts/native-sources.mjs.
{
  'target_defaults': {
    'defines': ['NAPI_VERSION=8'],
    'include_dirs': ['<!(node -p "require(\'node-api-headers\').include_dir")'],
    'cflags_cc!': ['-std=gnu++17', '-std=gnu++20', '-fno-exceptions', '-fno-rtti', '-O2'],
    'cflags_cc': ['<!@(node scripts/native-sources.mjs common)'],
    'xcode_settings': {
      'CLANG_CXX_LANGUAGE_STANDARD': 'c++20',
      'GCC_ENABLE_CPP_EXCEPTIONS': 'YES',
      'MACOSX_DEPLOYMENT_TARGET': '11.0',
      'OTHER_CPLUSPLUSFLAGS': ['<!@(node scripts/native-sources.mjs common)'],
    },
    'msvs_settings': {
      'VCCLCompilerTool': { 'AdditionalOptions': ['/std:c++20', '/O2'], 'ExceptionHandling': 1 },
    },
  },
  'targets': [
    { 'variables': { 'isa': 'scalar' }, 'includes': ['kernels.gypi'] },
    {
      'target_name': 'lookupffn_native',
      'dependencies': ['kernels_scalar'],
      'sources': ['<!@(node scripts/native-sources.mjs shared)'],
      'conditions': [
        ['target_arch=="x64"', {
          'dependencies': ['kernels_sse41', 'kernels_avx2', 'kernels_avx512', 'kernels_avx512vnni'],
        }],
        ['target_arch=="arm64"', { 'dependencies': ['kernels_neon', 'kernels_neondot'] }],
        ['OS=="linux"', { 'libraries': ['-ldl', '-lpthread'] }],
      ],
    },
  ],
  'conditions': [
    ['target_arch=="x64"', {
      'targets': [
        { 'variables': { 'isa': 'sse41' }, 'includes': ['kernels.gypi'] },
        { 'variables': { 'isa': 'avx2' }, 'includes': ['kernels.gypi'] },
        { 'variables': { 'isa': 'avx512' }, 'includes': ['kernels.gypi'] },
        { 'variables': { 'isa': 'avx512vnni' }, 'includes': ['kernels.gypi'] },
      ],
    }],
    ['target_arch=="arm64"', {
      'targets': [
        { 'variables': { 'isa': 'neon' }, 'includes': ['kernels.gypi'] },
        { 'variables': { 'isa': 'neondot' }, 'includes': ['kernels.gypi'] },
      ],
    }],
  ],
}
