<?php
/**
 * Runs the tests: php tests/run.php [part of a name]. Each *_test.php returns its tests by name; each starts with an empty shop.
 */

namespace Stoa\Courses\Tests;

error_reporting(E_ALL);
set_error_handler(static function (int $level, string $message, string $file, int $line): bool {
    throw new \ErrorException($message, 0, $level, $file, $line);
});

require __DIR__ . '/wordpress.php';
require __DIR__ . '/woocommerce.php';
require __DIR__ . '/shop.php';
require dirname(__DIR__) . '/stoa-courses/stoa-courses.php';
require dirname(__DIR__) . '/stoa-courses/src/SettingsPage.php';

final class Failed extends \Exception
{
}

/** Fails unless both are the same. */
function same($expected, $actual): void
{
    if ($expected !== $actual) {
        throw new Failed("expected\n    " . var_export($expected, true) . "\nbut there was\n    " . var_export($actual, true));
    }
}

/** Fails unless the text holds the part. */
function holds(string $part, string $text): void
{
    if (strpos($text, $part) === false) {
        throw new Failed("expected to find\n    $part\nin\n    $text");
    }
}

$wanted = $argv[1] ?? '';
$passed = 0;
$failed = 0;
foreach (glob(__DIR__ . '/*_test.php') as $file) {
    foreach (require $file as $name => $test) {
        if ($wanted !== '' && strpos($name, $wanted) === false) {
            continue;
        }
        Shop::open();
        try {
            $test();
            $passed++;
        } catch (\Throwable $error) {
            $failed++;
            echo 'FAILED: ' . basename($file) . ": $name\n", $error instanceof Failed ? $error->getMessage() : $error, "\n\n";
        }
    }
}
printf("%d passed, %d failed\n", $passed, $failed);
exit($failed === 0 && $passed > 0 ? 0 : 1);
