<?php
/**
 * The part of WordPress that the plugin uses, in memory: enough to run it, and honest where it matters (escaping, nonces, rights).
 */

namespace Stoa\Courses\Tests {

    /** A shop without anything, and what the plugin has done to it. */
    final class Shop
    {
        public static $options = [];
        public static $transients = [];
        public static $hooks = [];
        public static $headers = [];
        public static $redirect;
        public static $user = 0;
        public static $emails = [];
        public static $managers = [];
        public static $screen;
        public static $webhooks = [];
        public static $pings = [];
        public static $silent = false;
        public static $errors = [];
        public static $messages = [];
        public static $compatible = [];

        public static function open(): void
        {
            // What the plugin tied when it was loaded stays tied.
            $tied = array_intersect_key(self::$hooks, array_flip(['before_woocommerce_init', 'plugins_loaded', 'init', 'activate', 'deactivate']));
            foreach ((new \ReflectionClass(self::class))->getDefaultProperties() as $name => $value) {
                self::$$name = $value;
            }
            self::$hooks = $tied;
            $_GET = [];
            $_POST = [];
        }

        /** Runs what is tied to an action or filter, and returns the last value. */
        public static function fire(string $hook, ...$arguments)
        {
            foreach (self::$hooks[$hook] ?? [] as $callback) {
                $value = $callback(...$arguments);
                $arguments[0] = $value ?? ($arguments[0] ?? null);
            }
            return $arguments[0] ?? null;
        }

        public static function sign_in(int $id, string $email, bool $manages = false): void
        {
            self::$user = $id;
            self::$emails[$id] = $email;
            if ($manages) {
                self::$managers[] = $id;
            }
        }

        /** Returns what is printed. */
        public static function printed(callable $what): string
        {
            ob_start();
            try {
                $what();
            } finally {
                $text = ob_get_clean();
            }
            return $text;
        }
    }

    /** The request has ended with this answer. */
    final class Answered extends \Exception
    {
        public $status;
        public $body;

        public function __construct(?int $status, $body)
        {
            parent::__construct('the request has ended');
            $this->status = $status;
            $this->body = $body;
        }

        public static function by(callable $what): self
        {
            try {
                $what();
            } catch (Answered $answered) {
                return $answered;
            }
            throw new Failed('the request did not end');
        }
    }
}

namespace Stoa\Courses {

    function header(string $line): void
    {
        [$name, $value] = explode(': ', $line, 2);
        Tests\Shop::$headers[strtolower($name)] = $value;
    }
}

namespace {

    use Stoa\Courses\Tests\Answered;
    use Stoa\Courses\Tests\Shop;

    define('ABSPATH', '/');
    define('EP_ROOT', 64);
    define('EP_PAGES', 4096);
    define('MINUTE_IN_SECONDS', 60);

    function add_filter($hook, $callback) { Shop::$hooks[$hook][] = $callback; }
    function add_action($hook, $callback) { Shop::$hooks[$hook][] = $callback; }
    function register_activation_hook($file, $callback) { Shop::$hooks['activate'][] = $callback; }
    function register_deactivation_hook($file, $callback) { Shop::$hooks['deactivate'][] = $callback; }
    function plugin_basename($file) { return 'stoa-courses/' . basename($file); }
    function load_plugin_textdomain($domain) { Shop::$options['text domain'] = $domain; }
    function is_admin() { return true; }
    function is_multisite() { return false; }

    function get_option($name, $default = false) { return Shop::$options[$name] ?? $default; }
    function update_option($name, $value, $autoload = null) { Shop::$options[$name] = $value; }
    function delete_option($name) { unset(Shop::$options[$name]); }
    function get_transient($name) { return Shop::$transients[$name] ?? false; }
    function set_transient($name, $value) { Shop::$transients[$name] = $value; }
    function delete_transient($name) { unset(Shop::$transients[$name]); }

    function is_user_logged_in() { return Shop::$user > 0; }
    function get_current_user_id() { return Shop::$user; }
    function wp_get_current_user() { return (object) ['ID' => Shop::$user, 'user_email' => Shop::$emails[Shop::$user] ?? '']; }
    function current_user_can($right) { return user_can(Shop::$user, $right); }
    function user_can($user, $right) { return $right === 'manage_woocommerce' && in_array($user, Shop::$managers, true); }
    function get_current_screen() { return Shop::$screen === null ? null : (object) ['id' => Shop::$screen]; }

    function wp_create_nonce($action) { return substr(md5($action . '|' . Shop::$user), 0, 10); }
    function wp_verify_nonce($nonce, $action) { return $nonce === wp_create_nonce($action) ? 1 : false; }
    function check_admin_referer($action)
    {
        if (wp_verify_nonce($_POST['_wpnonce'] ?? '', $action) === false) {
            throw new Answered(403, 'the link has expired');
        }
    }
    function wp_nonce_field($action, $name = '_wpnonce', $referer = true)
    {
        echo '<input type="hidden" name="' . esc_attr($name) . '" value="' . wp_create_nonce($action) . '" />';
    }

    function wp_send_json($body, $status = 200) { throw new Answered($status, $body); }
    function wp_die($message = '', $title = '', $arguments = []) { throw new Answered($arguments['response'] ?? null, $message); }
    function wp_safe_redirect($url) { Shop::$redirect = $url; }
    function nocache_headers() { Shop::$headers['cache-control'] = 'no-cache, must-revalidate, max-age=0'; }
    function is_wp_error($thing) { return $thing instanceof WP_Error; }
    class WP_Error
    {
        private $message;
        public function __construct($code, $message) { $this->message = $message; }
        public function get_error_message() { return $this->message; }
    }

    function wp_unslash($value) { return is_array($value) ? array_map('wp_unslash', $value) : stripslashes($value); }
    function wp_slash($value) { return is_array($value) ? array_map('wp_slash', $value) : addslashes($value); }
    function sanitize_text_field($text) { return trim(strip_tags($text)); }
    function esc_html($text) { return htmlspecialchars((string) $text, ENT_QUOTES, 'UTF-8', false); }
    function esc_attr($text) { return esc_html($text); }
    function esc_url($url)
    {
        $url = preg_replace('~[^a-z0-9\-\~+_.?#=!&;,/:%@$|*\'()\[\]]~i', '', (string) $url);
        if (!preg_match('~^(https?:|/|\?)~', $url)) {
            return '';
        }
        return str_replace(["'", '&'], ['&#039;', '&#038;'], $url);
    }
    function __($text, $domain) { return $text; }
    function esc_html__($text, $domain) { return esc_html($text); }
    function esc_html_e($text, $domain) { echo esc_html($text); }
    function number_format_i18n($number) { return number_format($number); }
    function language_attributes() { echo 'lang="en-US"'; }
    function wp_parse_url($url, $part) { return parse_url($url, $part); }
    function admin_url($path) { return 'https://shop.example.com/wp-admin/' . $path; }
    function add_query_arg($name, $value, $url) { return $url . (strpos($url, '?') === false ? '?' : '&') . $name . '=' . $value; }
    function wp_print_script_tag($attributes)
    {
        echo '<script';
        foreach ($attributes as $name => $value) {
            echo ' ' . $name . '="' . esc_attr($value) . '"';
        }
        echo '></script>';
    }
    function wp_print_inline_script_tag($script) { echo "<script>$script</script>"; }
    function add_rewrite_endpoint($name, $places) { Shop::$options['endpoint'] = [$name, $places]; }
    function flush_rewrite_rules() { Shop::$options['flushed'] = true; }
}
